#include "core/model/covered_positions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const Fingerprint kSource = fingerprint_of({"shop"});

// Import logs hold such texts: they may never change.
TEST(CoveredPositionsTest, AreALineForEachPartitionWithoutCounters) {
    const std::vector<SourcePosition> positions = {
        {kSource, "orders/0", 4'294'967'296, 12},
        {kSource, "orders/0#messages", 4'294'967'296, 7},
        {kSource, "orders/12", 0, 18'446'744'073'709'551'615U},
        {kSource, "sink:7#accepted", 0, 3}};
    const std::string text = "4294967296 12 orders/0\n0 18446744073709551615 orders/12\n";
    EXPECT_EQ(print_covered(positions), text);
    EXPECT_THAT(parse_covered(text, kSource), ElementsAre(positions[0], positions[2]));
}

TEST(CoveredPositionsTest, WhatIsNoLineIsLeftOut) {
    for (const auto* text : {"", "\n", "1 2\n", "1 2 ", "1 x orders/0\n", "-1 2 orders/0\n",
                             "99999999999999999999 2 orders/0\n", "1 2 orders/0"}) {
        EXPECT_THAT(parse_covered(text, kSource), IsEmpty()) << text;
    }
    EXPECT_EQ(parse_covered("x\n1 2 a b\n", kSource),
              (std::vector<SourcePosition>{{kSource, "a b", 1, 2}}));
}

TEST(CoveredPositionsTest, TheirOwnerIsASinkOfASource) {
    const auto owner = covered_owner(kSource, SinkNumber(7));
    EXPECT_EQ(owner.size(), 36U + 2U);
    EXPECT_TRUE(owner.ends_with("/7"));
    EXPECT_NE(owner, covered_owner(fingerprint_of({"other"}), SinkNumber(7)));
}

}  // namespace
}  // namespace millrace
