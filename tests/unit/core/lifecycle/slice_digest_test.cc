#include "core/lifecycle/slice_digest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <set>
#include <string>
#include <utility>
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

TEST(SliceDigestTest, SaysWhichRowsAreLeftOut) {
    const auto slices = two_slices();
    const auto digest = slice_digest(slices);
    const std::vector<RefusedRow> rows = {
        {.slice = slices[0].opening.slice, .row = 0, .reason = {}, .text = {}, .bytes = 0},
        {.slice = slices[0].opening.slice, .row = 1, .reason = {}, .text = {}, .bytes = 0},
        {.slice = slices[1].opening.slice, .row = 0, .reason = {}, .text = {}, .bytes = 0}};
    EXPECT_EQ(digest_without(digest, slices, {}), digest);
    EXPECT_EQ(digest_without(digest, slices, rows), "cd5215f1239248b8-0.0,0.1,1.0");
    EXPECT_EQ(rows_left_out("cd5215f1239248b8-0.0,0.1,1.0", digest, slices), rows);
}

TEST(SliceDigestTest, LeavesNothingOutWhereTheTextIsOfAnotherFileOrDamaged) {
    const auto slices = two_slices();
    const auto digest = slice_digest(slices);
    for (const auto* text :
         {"", "cd5215f1239248b8", "cd5215f1239248b9-0.0", "cd5215f1239248b8-", "cd5215f1239248b8-0",
          "cd5215f1239248b8-0.", "cd5215f1239248b8-0.0,", "cd5215f1239248b8-0.0;0.1",
          "cd5215f1239248b8-2.0", "cd5215f1239248b8-1.1", "cd5215f1239248b8-x.0"}) {
        EXPECT_THAT(rows_left_out(text, digest, slices), testing::IsEmpty()) << text;
    }
}

std::vector<Slice> some_slices(std::size_t count) {
    std::vector<Slice> slices(count);
    for (std::size_t i = 0; i < count; ++i) {
        slices[i].opening.slice = SliceId(make_uuid_v7(AgeTime{1}, i + 1, 0));
        slices[i].content.rows = i;
    }
    return slices;
}

TEST(SliceDigestTest, FindsTheSlicesThatAnImportHasLeftOut) {
    const auto digest_of = [](const std::vector<Slice>& all, const std::set<std::size_t>& out) {
        std::vector<Slice> kept;
        for (std::size_t i = 0; i < all.size(); ++i) {
            if (!out.contains(i)) kept.push_back(all[i]);
        }
        return slice_digest(kept);
    };
    const std::vector<std::pair<std::size_t, std::set<std::size_t>>> table = {
        {2, {0}},
        {2, {1}},
        {3, {1}},
        {20, {0, 3, 4, 5, 11, 18}},
        {100, {4, 99}},
        {21, {1, 2}},
        {300, {297, 298, 299}}};
    for (const auto& [count, out] : table) {
        const auto slices = some_slices(count);
        std::vector<SliceId> expected;
        for (const auto place : out) expected.push_back(slices[place].opening.slice);
        const auto digest = digest_of(slices, out);
        EXPECT_EQ(slices_left_out(digest, slices), expected) << count;
        EXPECT_EQ(slices_left_out(digest + "-0.1", slices), expected) << count;
    }
}

TEST(SliceDigestTest, FindsNoneWhereTheImportIsOfTheWholeFileOrOfAnother) {
    const auto slices = some_slices(5);
    for (const auto& text : {slice_digest(slices), slice_digest({}), slice_digest(two_slices()),
                             std::string("0123456789abcdef"), std::string("none"), std::string()}) {
        EXPECT_EQ(slices_left_out(text, slices), std::nullopt) << text;
    }
}

}  // namespace
}  // namespace millrace::lifecycle
