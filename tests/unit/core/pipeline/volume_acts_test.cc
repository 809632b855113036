// Goal    a volume leaves its node without a row or a key that only it had, or with a count of
//         them.

#include "core/pipeline/volume_acts.h"

#include <gmock/gmock.h>

#include "tests/support/memory_registry.h"
#include "tests/unit/core/pipeline/manual_volume.h"

namespace millrace::pipeline {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

constexpr WallTime kNow{1'700'000'000'000};
constexpr Instant kInstant{.wall = kNow, .age = AgeTime{1'600'000'000'000}};

class VolumeActsTest : public testing::Test {
protected:
    VolumeActsTest() {
        for (const auto* name : {"fast", "slow", "gone"}) registry.add(name);
        slow.finishes = true;
    }

    static std::string refusal(const Result<VolumeRecord>& result) {
        return result.ok() ? "done" : result.error().name();
    }

    ManualVolume fast{"fast"};
    ManualVolume slow{"slow"};
    testing_support::MemoryRegistry registry;
    Volumes volumes{{fast.port(), slow.port()}, {{.id = VolumeId("gone"), .name = "gone"}}};
    std::vector<std::string> ended;
    VolumeActs acts{registry, volumes,
                    [this](const VolumeRecord& record) { ended.push_back(record.name); },
                    [this](std::span<const KeyFound> keys) -> Result<void> {
                        moved.insert(moved.end(), keys.begin(), keys.end());
                        return {};
                    }};
    std::vector<KeyFound> moved;
};

TEST_F(VolumeActsTest, AVolumeThatLeavesTakesNoRowsAndItsFilesAreClosed) {
    ASSERT_TRUE(acts.leave("fast").ok());
    EXPECT_FALSE(fast.takes_rows);
    EXPECT_THAT(fast.closed_files, SizeIs(1));
    EXPECT_EQ(volumes.standing(fast.id), VolumeStanding::leaving);
    for (const auto* source : {"a", "b", "c", "d", "e"}) {
        EXPECT_EQ(volumes.lane_of(SourceId(source)), 1U) << source;
    }
}

TEST_F(VolumeActsTest, TheOnlyVolumeThatTakesRowsStays) {
    slow.has_room = false;
    EXPECT_EQ(acts.leave("fast").error().name(), "stream.api.volumeInUse");
    EXPECT_TRUE(fast.takes_rows);
}

TEST_F(VolumeActsTest, AVolumeToWhichSourcesArePinnedStays) {
    volumes.pin(SourceId("shop"), "fast");
    const auto refused = acts.leave("fast");
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().name(), "stream.api.volumeInUse");
    EXPECT_THAT(refused.error().client_text(), HasSubstr("\"shop\""));
    EXPECT_THAT(refused.error().client_text(), HasSubstr("source.volume"));
    EXPECT_EQ(refusal(acts.retire("fast", kInstant)), "stream.api.volumeInUse");
    EXPECT_TRUE(fast.takes_rows);
    volumes.pin(SourceId("shop"), "");
    EXPECT_TRUE(acts.leave("fast").ok());
}

// A source may have been pinned since: the registry is asked as the last.
TEST_F(VolumeActsTest, WhatTheRegistryCallsARefusalStays) {
    registry.retire_refusal = Error(Code::conflict, "pinned").named("stream.api.volumeInUse");
    EXPECT_EQ(refusal(acts.retire("fast", kInstant)), "stream.api.volumeInUse");
    EXPECT_THAT(ended, ElementsAre());
}

TEST_F(VolumeActsTest, TheSourcesThatArePinnedAreListed) {
    volumes.pin(SourceId("shop"), "gone");
    const auto reports = acts.list().value();
    for (const auto& report : reports) {
        EXPECT_EQ(report.pinned.size(), report.record.name == "gone" ? 1U : 0U);
    }
}

TEST_F(VolumeActsTest, WhatWaitsIsNamed) {
    OpenSlice slice;
    slice.content.rows = 7;
    fast.slices = {slice, slice};
    const auto refused = acts.retire("fast", kInstant);
    EXPECT_EQ(refusal(refused), kVolumeNotEmpty);
    EXPECT_THAT(refused.error().client_text(), HasSubstr("14 rows in 2 slices"));
    fast.slices.clear();
    registry.refusal = Error(Code::conflict, "1 files wait");
    EXPECT_EQ(refusal(acts.retire("fast", kInstant)), kVolumeNotEmpty);
    EXPECT_THAT(ended, ElementsAre());
}

TEST_F(VolumeActsTest, ARetiredVolumeLeavesItsKeysOnAnother) {
    RememberedAnswer small;
    small.outcome = "first";
    RememberedAnswer large;
    large.outcome = std::string(600'000, 'x');
    fast.answers = {large, small, large};
    ASSERT_TRUE(acts.leave("fast").ok());
    const auto retired = acts.retire("fast", kInstant);
    ASSERT_TRUE(retired.ok()) << retired.error().operator_text();
    EXPECT_EQ(retired.value().state, VolumeState::retired);
    EXPECT_THAT(ended, ElementsAre("fast"));
    ASSERT_THAT(slow.batches, SizeIs(2));
    EXPECT_THAT(slow.batches[0].answers, ElementsAre(large));
    EXPECT_THAT(slow.batches[1].answers, ElementsAre(small, large));
    EXPECT_TRUE(slow.batches[0].csv.empty());
    ASSERT_THAT(moved, SizeIs(2)) << "on record before each write";
    EXPECT_EQ(moved[0].volume, slow.id);
}

TEST_F(VolumeActsTest, AndThePositionsOfItsSources) {
    for (int i = 0; i < 1500; ++i) {
        fast.positions.add({.source = fingerprint_of({"topic"}),
                            .partition = std::to_string(i),
                            .epoch = 1,
                            .next_offset = static_cast<std::uint64_t>(i)});
    }
    ASSERT_TRUE(acts.retire("fast", kInstant).ok());
    Positions moved_there;
    for (const auto& batch : slow.batches) {
        for (const auto& position : batch.positions) moved_there.add(position);
    }
    EXPECT_EQ(moved_there.all(), fast.positions.all());
    EXPECT_THAT(slow.batches, SizeIs(2));
}

TEST_F(VolumeActsTest, AVolumeWhosePositionsFindNoPlaceIsNotRetired) {
    fast.positions.add({.source = {}, .partition = "p", .epoch = 1, .next_offset = 1});
    slow.refusal = Error(Code::overloaded, "busy");
    EXPECT_EQ(acts.retire("fast", kInstant).error().code(), Code::overloaded);
    EXPECT_EQ(registry.records[0].state, VolumeState::active);
}

// The command of a stopped folder has not asked it to leave.
TEST_F(VolumeActsTest, TheKeysOfARetiredVolumeAreNeverWrittenToItself) {
    fast.answers = {RememberedAnswer{}};
    ASSERT_TRUE(acts.retire("fast", kInstant).ok());
    EXPECT_THAT(slow.batches, SizeIs(1));
    EXPECT_THAT(fast.batches, SizeIs(0));
}

TEST_F(VolumeActsTest, NorIfItsLaneIsTheOther) {
    fast.finishes = true;
    slow.answers = {RememberedAnswer{}};
    ASSERT_TRUE(acts.retire("slow", kInstant).ok());
    EXPECT_THAT(fast.batches, SizeIs(1));
    EXPECT_THAT(slow.batches, SizeIs(0));
}

TEST_F(VolumeActsTest, ARetireThatIsRefusedWritesNoKeys) {
    fast.answers = {RememberedAnswer{}};
    registry.refusal = Error(Code::conflict, "1 files wait");
    EXPECT_EQ(refusal(acts.retire("fast", kInstant)), kVolumeNotEmpty);
    EXPECT_THAT(slow.batches, SizeIs(0));
    EXPECT_TRUE(fast.takes_rows);
}

TEST_F(VolumeActsTest, AVolumeWhoseKeysFindNoPlaceIsNotRetired) {
    fast.answers = {RememberedAnswer{}};
    slow.refusal = Error(Code::overloaded, "busy");
    EXPECT_EQ(acts.retire("fast", kInstant).error().code(), Code::overloaded);
    EXPECT_EQ(registry.records[0].state, VolumeState::active);
}

TEST_F(VolumeActsTest, OneThatIsNotReadIsNotRetired) {
    EXPECT_EQ(refusal(acts.retire("gone", kInstant)), "stream.api.volumeNotRead");
    fast.is_unknown = true;
    EXPECT_EQ(refusal(acts.retire("fast", kInstant)), "stream.api.volumeNotRead");
    fast.is_unknown = false;
    fast.failure = Error(Code::unavailable, "broken");
    EXPECT_EQ(refusal(acts.retire("fast", kInstant)), "stream.api.volumeNotRead");
    EXPECT_EQ(refusal(acts.retire("none", kInstant)), "stream.api.volumeNotFound");
}

TEST_F(VolumeActsTest, OnlyWhatIsNotInServiceIsGivenUp) {
    EXPECT_EQ(refusal(acts.give_up("fast", kNow)), "stream.api.volumeInUse");
    fast.failure = Error(Code::unavailable, "broken");
    EXPECT_EQ(refusal(acts.give_up("fast", kNow)), "stream.api.volumeInUse")
        << "what it has is counted until the restart";
    fast.is_unknown = true;
    EXPECT_EQ(refusal(acts.give_up("fast", kNow)), "done");
    EXPECT_EQ(refusal(acts.give_up("gone", kNow)), "done");
    EXPECT_THAT(ended, ElementsAre("fast", "gone"));
    EXPECT_THAT(volumes.unknown_volumes(), ElementsAre());
    EXPECT_THAT(volumes.absent_names(), ElementsAre());
}

TEST_F(VolumeActsTest, ASecondRunSaysWhatTheFirstDid) {
    registry.given_up = {.files = 1, .slices = 2, .rows = 3, .key_sources = 4};
    ASSERT_TRUE(acts.give_up("gone", kNow).ok());
    const auto again = acts.give_up("gone", kNow + Milliseconds(5)).value();
    EXPECT_EQ(again.since, kNow);
    EXPECT_EQ(end_sentence(again),
              "volume gone was declared lost on 2023-11-14T22:13:20.000Z, with 3 rows in 2 slices "
              "that were not uploaded, 1 files that were not complete, and the keys of 4 sources");
    EXPECT_EQ(refusal(acts.retire("gone", kInstant)), "stream.api.volumeEnded");
    ASSERT_TRUE(acts.retire("fast", kInstant).ok());
    EXPECT_EQ(
        acts.retire("fast", {.wall = kNow + Milliseconds(5), .age = kInstant.age}).value().since,
        kNow);
    EXPECT_EQ(refusal(acts.give_up("fast", kNow)), "stream.api.volumeEnded");
    EXPECT_THAT(ended, ElementsAre("gone", "fast"));
}

TEST_F(VolumeActsTest, ANameMeansTheActiveVolume) {
    registry.records[2].state = VolumeState::lost;
    registry.add("gone");
    registry.records[3].volume = VolumeId("gone~2");
    EXPECT_EQ(find_named_volume(registry, "gone").value().volume, VolumeId("gone~2"));
}

}  // namespace
}  // namespace millrace::pipeline
