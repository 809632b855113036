#include "core/model/position.h"

#include <gtest/gtest.h>

#include <vector>

namespace millrace {
namespace {

SourcePosition at(std::uint64_t epoch, std::uint64_t next_offset, std::string partition = "p",
                  const Fingerprint& source = fingerprint_of({"a"})) {
    return {.source = source,
            .partition = std::move(partition),
            .epoch = epoch,
            .next_offset = next_offset};
}

TEST(PositionsTest, TheHigherEpochCountsThenTheHigherOffset) {
    Positions positions;
    for (const auto& [epoch, next] : std::vector<std::pair<std::uint64_t, std::uint64_t>>{
             {1, 50}, {2, 10}, {1, 90}, {2, 9}, {2, 10}}) {
        positions.add(at(epoch, next));
    }
    EXPECT_EQ(positions.of(fingerprint_of({"a"})), std::vector{at(2, 10)});
}

TEST(PositionsTest, PartitionsAndSourcesHaveTheirOwn) {
    Positions positions;
    const auto other = fingerprint_of({"b"});
    positions.add(at(1, 1, "q"));
    positions.add(at(1, 2, "p"));
    positions.add(at(1, 3, "p", other));
    EXPECT_EQ(positions.of(fingerprint_of({"a"})), (std::vector{at(1, 2, "p"), at(1, 1, "q")}));
    EXPECT_EQ(positions.of(other), std::vector{at(1, 3, "p", other)});
    EXPECT_TRUE(positions.of(fingerprint_of({"c"})).empty());
    EXPECT_EQ(positions.all().size(), 3U);
}

}  // namespace
}  // namespace millrace
