#include "core/pipeline/volumes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "tests/unit/core/pipeline/manual_volume.h"

namespace millrace::pipeline {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct VolumesTest : testing::Test {
    ManualVolume fast{"fast"};
    ManualVolume slow{"slow"};
    Volumes volumes{{fast.port(), slow.port()}};

    Result<Ticket> submit(std::size_t lane = 0) {
        RowBatch batch;
        batch.csv = "row";
        batch.lane = lane;
        return volumes.submit(std::move(batch));
    }
    std::string taken_by(std::size_t lane = 0) {
        const auto ticket = submit(lane);
        return ticket.ok() ? ticket.value().volume.value : "nobody: " + ticket.error().name();
    }
    void fail(ManualVolume& volume) {
        volume.failure = Error(Code::unavailable, "broken").named("stream.in.volumeFailed");
        volume.refusal = volume.failure;
    }
};

TEST_F(VolumesTest, ABatchGoesToTheVolumeOfItsLane) {
    fast.waiting = 10;
    EXPECT_EQ(taken_by(0), "fast") << "order counts for more than load";
    EXPECT_EQ(taken_by(1), "slow");
    EXPECT_EQ(volumes.waiting_bytes(), 10U);
}

TEST_F(VolumesTest, SourcesAreSpreadAndOnlyThoseOfAFailedVolumeMove) {
    ManualVolume third("third");
    Volumes three({fast.port(), slow.port(), third.port()});
    std::vector<std::size_t> before, sources_of(3);
    const auto source = [](std::size_t number) {
        return SourceId("source-" + std::to_string(number));
    };
    for (std::size_t number = 0; number < 300; ++number) {
        before.push_back(three.lane_of(source(number)));
        ++sources_of[before.back()];
    }
    for (const auto sources : sources_of) EXPECT_GT(sources, 50U);
    fail(slow);
    for (std::size_t number = 0; number < 300; ++number) {
        const auto lane = three.lane_of(source(number));
        EXPECT_NE(lane, 1U);
        if (before[number] != 1) {
            EXPECT_EQ(lane, before[number]);
        }
    }
}

// So that rows of one source that come in different ways stay in order.
TEST_F(VolumesTest, SlicesOfASourceGoWhereItsBatchesGo) {
    for (int number = 0; number < 20; ++number) {
        const SourceId source("source-" + std::to_string(number));
        EXPECT_EQ(volumes.volume_of(source).value(),
                  volumes.lane_of(source) == 0 ? fast.id : slow.id);
    }
    fail(fast);
    EXPECT_EQ(volumes.volume_of(SourceId("any")).value(), slow.id);
    fail(slow);
    EXPECT_EQ(volumes.volume_of(SourceId("any")).error().name(), "stream.in.volumeFailed");
}

// Goal    rows of a pinned source are on its volume or are refused; others are spread as before.
TEST_F(VolumesTest, APinnedSourceGoesToItsVolumeOrNowhere) {
    std::vector<std::size_t> before;
    const auto source = [](int number) { return SourceId("source-" + std::to_string(number)); };
    for (int number = 0; number < 20; ++number) before.push_back(volumes.lane_of(source(number)));
    const SourceId pinned("pinned");
    for (const std::size_t lane : {0U, 1U}) {
        volumes.pin(pinned, lane == 0 ? "fast" : "slow");
        EXPECT_EQ(volumes.lane_of(pinned), lane);
        EXPECT_EQ(volumes.volume_of(pinned).value(), volumes.volume_at(lane));
        EXPECT_TRUE(volumes.takes_rows_of(pinned).ok());
    }
    EXPECT_THAT(volumes.pinned_to("slow"), ElementsAre(pinned));
    EXPECT_THAT(volumes.pinned_to("fast"), ElementsAre());
    for (int number = 0; number < 20; ++number) {
        EXPECT_EQ(volumes.lane_of(source(number)), before[static_cast<std::size_t>(number)]);
        EXPECT_TRUE(volumes.takes_rows_of(source(number)).ok());
    }
    slow.has_room = false;
    EXPECT_EQ(volumes.lane_of(pinned), 1U);
    EXPECT_EQ(taken_by(1), "nobody: stream.in.volumeBusy");
    EXPECT_EQ(volumes.volume_of(pinned).error().name(), "stream.in.volumeBusy");
    const auto full = volumes.takes_rows_of(pinned);
    ASSERT_FALSE(full.ok());
    EXPECT_THAT(full.error().client_text(), HasSubstr("The volume \"slow\""));
    EXPECT_THAT(full.error().client_text(), HasSubstr("is full"));
    slow.has_room = true;
    fail(slow);
    EXPECT_EQ(taken_by(1), "nobody: stream.in.volumeFailed");
    EXPECT_THAT(volumes.takes_rows_of(pinned).error().client_text(), HasSubstr("has failed"));
    EXPECT_EQ(taken_by(0), "fast");
    EXPECT_TRUE(slow.batches.empty());
}

// Goal    a source whose volume is full does not make the node unready for all others.
TEST_F(VolumesTest, ABatchWithoutRowsAsksAllVolumes) {
    volumes.pin(SourceId("pinned"), "fast");
    fast.has_room = false;
    EXPECT_EQ(volumes.submit(RowBatch{}).value().volume, slow.id);
    EXPECT_EQ(taken_by(0), "nobody: stream.in.volumeBusy");
    slow.has_room = false;
    EXPECT_EQ(volumes.submit(RowBatch{}).error().name(), "stream.in.diskFull");
}

TEST_F(VolumesTest, AVolumeThatIsNotHereTakesNoRowsOfItsSources) {
    const SourceId pinned("pinned");
    volumes.pin(pinned, "gone");
    const auto refused = volumes.takes_rows_of(pinned);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().name(), "stream.in.volumeFailed");
    EXPECT_THAT(refused.error().client_text(), HasSubstr("\"gone\""));
    EXPECT_FALSE(volumes.volume_of(pinned).ok());
    volumes.pin(pinned, "fast");
    volumes.end(fast.id);
    EXPECT_THAT(volumes.takes_rows_of(pinned).error().client_text(), HasSubstr("is not here"));
}

TEST_F(VolumesTest, APinEndsWithTheSetting) {
    const SourceId source("any");
    const auto spread = volumes.lane_of(source);
    const auto other = 1 - spread;
    volumes.pin(source, volumes.volume_name(volumes.volume_at(other)));
    EXPECT_EQ(volumes.lane_of(source), other);
    volumes.pin(source, "");
    EXPECT_EQ(volumes.lane_of(source), spread);
    (other == 0 ? fast : slow).has_room = false;
    EXPECT_EQ(taken_by(other), spread == 0 ? "fast" : "slow") << "the lane is no one's";
}

TEST_F(VolumesTest, AFailedOneIsPassedOverAndTheOthersServe) {
    fail(fast);
    EXPECT_EQ(taken_by(), "slow");
    EXPECT_TRUE(volumes.health().ok());
    fail(slow);
    EXPECT_EQ(taken_by(), "nobody: stream.in.volumeFailed");
    EXPECT_FALSE(volumes.health().ok());
}

TEST_F(VolumesTest, AFullOneIsPassedOverAndAllOfThemAreAFullDisk) {
    fast.has_room = false;
    EXPECT_EQ(taken_by(), "slow");
    EXPECT_TRUE(volumes.has_room().ok());
    slow.has_room = false;
    EXPECT_EQ(taken_by(), "nobody: stream.in.diskFull");
    EXPECT_EQ(volumes.has_room().error().name(), "stream.in.diskFull");
    slow.has_room = true;
    EXPECT_EQ(taken_by(), "slow");
}

TEST_F(VolumesTest, AFullDiskBesideAFailedOneIsStillAFullDisk) {
    fail(fast);
    slow.has_room = false;
    EXPECT_EQ(volumes.has_room().error().name(), "stream.in.diskFull");
    EXPECT_EQ(taken_by(), "nobody: stream.in.diskFull");
}

// The volumes of a source's keys are on record: another one would not be asked for them.
TEST_F(VolumesTest, ABatchWithAnswersGoesToItsVolumeOrNowhere) {
    const auto keyed = [&] {
        RowBatch batch;
        batch.csv = "row";
        batch.answers.emplace_back();
        return volumes.submit(std::move(batch));
    };
    EXPECT_EQ(volumes.volume_at(0), fast.id);
    EXPECT_EQ(keyed().value().volume, fast.id);
    fast.has_room = false;
    EXPECT_EQ(keyed().error().code(), Code::overloaded);
    fast.has_room = true;
    fast.refusal = Error(Code::unavailable, "broken").named("stream.in.volumeFailed");
    EXPECT_EQ(keyed().error().name(), "stream.in.volumeFailed");
    fail(fast);
    EXPECT_EQ(keyed().error().code(), Code::overloaded);
    EXPECT_TRUE(slow.batches.empty());
}

TEST_F(VolumesTest, ABatchWithPositionsGoesToItsVolumeOrNowhere) {
    const auto read = [&] {
        RowBatch batch;
        batch.csv = "row";
        batch.positions.emplace_back();
        return volumes.submit(std::move(batch));
    };
    EXPECT_EQ(read().value().volume, fast.id);
    fail(fast);
    EXPECT_EQ(read().error().code(), Code::overloaded);
    EXPECT_TRUE(slow.batches.empty());
}

TEST_F(VolumesTest, PositionsAreTheNewestOfAllVolumesNoneOfWhichIsAway) {
    const auto source = fingerprint_of({"topic"});
    const auto at = [&](std::string partition, std::uint64_t next_offset) {
        return SourcePosition{
            .source = source, .partition = std::move(partition), .next_offset = next_offset};
    };
    fast.positions.add(at("a", 5));
    fast.positions.add(at("b", 7));
    slow.positions.add(at("a", 6));
    EXPECT_EQ(volumes.positions_of(source).value(), (std::vector{at("a", 6), at("b", 7)}));
    EXPECT_TRUE(volumes.positions_of(fingerprint_of({"other"})).value().empty());

    Volumes with_absent({fast.port(), slow.port()}, {{.id = VolumeId("gone"), .name = "gone"}});
    EXPECT_EQ(with_absent.positions_of(source).error().code(), Code::unavailable);
    with_absent.end(VolumeId("gone"));
    EXPECT_TRUE(with_absent.positions_of(source).ok());
    fail(slow);
    EXPECT_EQ(volumes.positions_of(source).error().code(), Code::unavailable);
    volumes.end(slow.id);
    EXPECT_EQ(volumes.positions_of(source).value(), (std::vector{at("a", 5), at("b", 7)}));
}

TEST_F(VolumesTest, AVolumeThatFailsOrWasNotRecoveredIsAway) {
    EXPECT_FALSE(volumes.is_away(fast.id));
    EXPECT_FALSE(volumes.is_away(VolumeId("retired")));
    fail(fast);
    EXPECT_TRUE(volumes.is_away(fast.id));
    EXPECT_FALSE(volumes.is_away(slow.id));
    slow.is_unknown = true;
    slow.failure = Error(Code::unavailable, "FAILED");
    EXPECT_TRUE(volumes.is_away(slow.id));
}

TEST_F(VolumesTest, ABatchOfAVolumeThatFailsJustNowGoesWholeToTheNext) {
    fast.refusal = Error(Code::unavailable, "broken").named("stream.in.volumeFailed");
    EXPECT_EQ(taken_by(), "slow");
    ASSERT_EQ(slow.batches.size(), 1U);
    EXPECT_EQ(slow.batches[0].csv, "row");
    slow.refusal = fast.refusal;
    EXPECT_EQ(taken_by(), "nobody: stream.in.volumeFailed");
}

TEST_F(VolumesTest, ABusyVolumeIsWaitedFor) {
    fast.refusal = Error(Code::overloaded, "busy").named("stream.in.volumeBusy");
    EXPECT_EQ(taken_by(), "nobody: stream.in.volumeBusy") << "elsewhere it would overtake others";
    EXPECT_TRUE(slow.batches.empty());
}

TEST_F(VolumesTest, WhatConcernsAllIsDoneWhenAllHaveDoneIt) {
    int done = 0;
    volumes.close_versions(SinkNumber(1), MappingVersion(2), [&] { ++done; });
    fast.closed();
    EXPECT_EQ(done, 0);
    slow.closed();
    EXPECT_EQ(done, 1);

    fail(fast);
    std::vector<bool> stored;
    volumes.checkpoint([&](const Result<void>& result) { stored.push_back(result.ok()); });
    EXPECT_THAT(stored, ElementsAre(false));
    EXPECT_EQ(volumes.open_files().size(), 2U);
}

TEST_F(VolumesTest, VolumesWithUnknownRowsAreNamed) {
    EXPECT_THAT(volumes.unknown_volumes(), ElementsAre());
    slow.is_unknown = true;
    EXPECT_THAT(volumes.unknown_volumes(), ElementsAre(slow.id));
}

TEST_F(VolumesTest, RowsOfAVolumeThatWasNotOpenedAreUnknown) {
    Volumes partly({fast.port()}, {{.id = VolumeId("slow"), .name = "renamed"}});
    EXPECT_THAT(partly.unknown_volumes(), ElementsAre(slow.id));
    EXPECT_THAT(partly.absent_names(), ElementsAre("renamed"));
    EXPECT_EQ(partly.volume_name(slow.id), "renamed");
    EXPECT_EQ(partly.volume_name(fast.id), "fast");
    Slice slice;
    slice.opening.volume = slow.id;
    EXPECT_EQ(partly.read(slice).error().operator_text(),
              "volume renamed is not configured; put it back into the configuration");
}

TEST_F(VolumesTest, ASliceIsLookedForOnItsVolume) {
    ASSERT_TRUE(volumes.add({.volume = slow.id, .slice = {}}, "csv").ok());
    EXPECT_THAT(slow.files, ElementsAre("csv"));
    Slice slice;
    slice.opening.volume = slow.id;
    EXPECT_EQ(volumes.read(slice).error().operator_text(), "slow");
    ASSERT_TRUE(volumes.remove({.volume = slow.id, .slice = {}}).ok());
    EXPECT_TRUE(slow.files.empty());
    EXPECT_EQ(volumes.state_of({.volume = slow.id, .batch = BatchNumber(1)}), BatchState::waiting);
}

TEST_F(VolumesTest, AVolumeThatIsNotConfiguredIsNamed) {
    const VolumeId gone("gone");
    Slice slice;
    slice.opening.volume = gone;
    EXPECT_EQ(volumes.read(slice).error().operator_text(),
              "volume gone is not configured; put it back into the configuration");
    EXPECT_EQ(volumes.add({.volume = gone, .slice = {}}, "csv").error().code(), Code::unavailable);
    EXPECT_TRUE(volumes.remove({.volume = gone, .slice = {}}).ok());
    EXPECT_EQ(volumes.state_of({.volume = gone, .batch = BatchNumber(1)}), BatchState::unknown);
}

}  // namespace
}  // namespace millrace::pipeline
