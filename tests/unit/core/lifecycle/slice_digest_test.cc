#include "core/lifecycle/slice_digest.h"

#include <gtest/gtest.h>

#include <vector>

namespace millrace::lifecycle {
namespace {

std::vector<Slice> two_slices() {
    std::vector<Slice> slices(2);
    slices[0].opening.slice = SliceId(*parse_uuid("0195f3d4-0000-7000-8000-000000000001"));
    slices[0].content = {.bytes = 100,
                         .rows = 2,
                         .crc = 0xdeadbeef,
                         .first_at = {},
                         .last_at = {},
                         .last_sequence = {}};
    slices[1].opening.slice = SliceId(*parse_uuid("0195f3d4-0000-7000-8000-000000000002"));
    slices[1].content = {
        .bytes = 50, .rows = 1, .crc = 1, .first_at = {}, .last_at = {}, .last_sequence = {}};
    return slices;
}

// Ledgers in the field hold such digests: this value may never change.
TEST(SliceDigestTest, IsWhatLedgersHold) {
    EXPECT_EQ(slice_digest({}), "cbf29ce484222325");
    EXPECT_EQ(slice_digest(two_slices()), "cd5215f1239248b8");
}

TEST(SliceDigestTest, DiffersWhenAnythingOfTheContentDiffers) {
    const auto digest = slice_digest(two_slices());
    auto slices = two_slices();
    std::swap(slices[0], slices[1]);
    EXPECT_NE(slice_digest(slices), digest);
    slices = two_slices();
    slices.pop_back();
    EXPECT_NE(slice_digest(slices), digest);
    slices = two_slices();
    ++slices[0].content.rows;
    EXPECT_NE(slice_digest(slices), digest);
    slices = two_slices();
    ++slices[0].content.bytes;
    EXPECT_NE(slice_digest(slices), digest);
    slices = two_slices();
    ++slices[0].content.crc;
    EXPECT_NE(slice_digest(slices), digest);
}

TEST(SliceDigestTest, IsTheSameInEveryStateOfTheFile) {
    auto slices = two_slices();
    slices[0].state = SliceState::imported;
    slices[0].staged.key = "1/x.csv";
    slices[0].retry.attempt = 3;
    EXPECT_EQ(slice_digest(slices), slice_digest(two_slices()));
}

}  // namespace
}  // namespace millrace::lifecycle
