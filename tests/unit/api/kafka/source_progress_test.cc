#include "api/kafka/source_progress.h"

#include <gtest/gtest.h>

namespace millrace::kafka {
namespace {

const Fingerprint kSource = fingerprint_of({"shop"});

// As the journal has it after both.
SourceProgress after_both(const SourceProgress& first, const SourceProgress& second,
                          std::uint32_t generation = 0) {
    Positions all;
    for (const auto& position : positions_between({}, first, "t", kSource)) all.add(position);
    for (const auto& position : positions_between(first, second, "t", kSource)) all.add(position);
    return progress_from(all.of(kSource), "t", generation);
}

TEST(SourceProgressTest, WhatIsInTheJournalIsWhatWasPutThere) {
    SourceProgress first;
    first.partitions[0] = {.next = 7, .first = 3, .messages = 4};
    first.partitions[10] = {.next = 1, .first = 1};
    first.sinks[SinkNumber(5)] = {.accepted = 3, .rejected = 1};
    auto second = first;
    second.partitions[0] = {.next = 20, .first = 3, .messages = 9, .nulls = 1, .lost = 5};
    second.sinks[SinkNumber(5)].skipped = 2;
    second.gaps.push_back({.partition = 0,
                           .reason = "expired",
                           .from = 8,
                           .to = 13,
                           .lost = 5,
                           .at = WallTime{1'767'225'600'000}});
    EXPECT_EQ(after_both({}, first), first);
    EXPECT_EQ(after_both(first, second), second);
    EXPECT_EQ(second.partitions[0].without_message(), 3U);
    EXPECT_TRUE(positions_between(second, second, "t", kSource).empty());
}

TEST(SourceProgressTest, AResetBeginsItsNumbersAgain) {
    SourceProgress first;
    first.partitions[0] = {.next = 50, .first = 3, .messages = 40, .nulls = 2, .lost = 5};
    SourceProgress second;
    second.partitions[0] = {.epoch = epoch_of(0, 1), .next = 2, .messages = 2};
    EXPECT_EQ(after_both(first, second), second);
}

TEST(SourceProgressTest, AnotherGenerationBeginsWithoutPartitions) {
    SourceProgress first;
    first.partitions[0] = {.next = 50, .first = 3, .messages = 40};
    first.sinks[SinkNumber(5)] = {.accepted = 40};
    const auto again = after_both({}, first, 1);
    EXPECT_TRUE(again.partitions.empty());
    EXPECT_EQ(again.sinks, first.sinks);
}

TEST(SourceProgressTest, AGenerationThatWasReadIsNeverLeft) {
    SourceProgress progress;
    progress.partitions[0] = {.epoch = epoch_of(7, 2), .next = 5};
    const auto positions = positions_between({}, progress, "t", kSource);
    EXPECT_EQ(generation_in_force(positions, "t", 0), 7U);
    EXPECT_EQ(generation_in_force(positions, "t", 9), 9U);
    EXPECT_EQ(generation_in_force(positions, "other", 0), 0U);
}

TEST(SourceProgressTest, OtherTopicsAndStrangeNamesAreNoneOfIt) {
    std::vector<SourcePosition> positions;
    for (const auto* name : {"other/1", "t/x", "t/1#what", "t/1#gap/x", "sink:x#accepted", "t"}) {
        positions.push_back({.source = kSource, .partition = name, .next_offset = 1});
    }
    EXPECT_EQ(progress_from(positions, "t", 0), SourceProgress());
}

}  // namespace
}  // namespace millrace::kafka
