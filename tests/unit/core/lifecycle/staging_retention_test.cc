#include "core/lifecycle/staging_retention.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/unit/core/lifecycle/lifecycle_world.h"

namespace millrace::lifecycle {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr auto kRetention = "storage.level.staging.retention";
constexpr auto kDeletes = "storage.level.staging.retentionDeletes";
constexpr auto kSetDamagedAside = "storage.level.staging.setDamagedAside";

std::int64_t milliseconds_of(Milliseconds span) {
    return span.count();
}

Settings import_soon() {
    auto settings = import_at(1);
    settings.import.interval = minutes(1);
    return settings;
}

// In large steps.
void pass(World& world, std::chrono::milliseconds span) {
    for (; span > seconds(0); span -= minutes(10)) {
        world.clock.advance(minutes(10));
        world.settle();
    }
}

// A service whose first file cannot be imported.
class StagingRetentionTest : public testing::Test {
protected:
    void start(const SettingOverrides& settings) {
        world_.node = settings;
        world_.make_lifecycle();
        world_.fakes.target.refuses = [this](const ImportRequest&) { return is_broken_; };
        world_.start();
        world_.journal.append(sink_, "a");
        world_.run_for(seconds(1));
        file_ = world_.fakes.catalog.files.begin()->first;
    }
    void pass(std::chrono::milliseconds span) { lifecycle::pass(world_, span); }
    FileState state() const { return world_.fakes.catalog.files.at(file_).file.state; }

    World world_;
    const SinkVersion sink_ = world_.fakes.add_sink(1, import_soon());
    bool is_broken_ = true;
    FileId file_;
};

TEST_F(StagingRetentionTest, ByItselfNothingIsDoneButToTellOfItOnceADay) {
    start({});
    pass(hours(23));
    EXPECT_THAT(world_.waiting, IsEmpty());
    pass(hours(24) * 2);
    EXPECT_EQ(state(), FileState::importing);
    ASSERT_EQ(world_.waiting.size(), 2U);
    EXPECT_EQ(world_.waiting[0].file, file_);
    EXPECT_EQ(world_.waiting[0].sink, sink_.sink);
    EXPECT_GE(world_.waiting[0].waited, hours(24));
    EXPECT_THAT(world_.waiting[0].reason, testing::HasSubstr("the table is different"));
    is_broken_ = false;
    pass(hours(1));
    EXPECT_EQ(state(), FileState::imported);
}

TEST_F(StagingRetentionTest, OldFilesAreSetAsideAndKept) {
    start({{kRetention, milliseconds_of(hours(48))}});
    pass(hours(47));
    EXPECT_EQ(state(), FileState::importing);
    pass(hours(2));
    EXPECT_EQ(state(), FileState::set_aside);
    EXPECT_THAT(world_.fakes.catalog.files.at(file_).file.aside->reason,
                testing::HasSubstr(kRetention));
    pass(hours(400));
    EXPECT_EQ(state(), FileState::set_aside);
    EXPECT_FALSE(world_.fakes.staging.objects.empty());
}

TEST_F(StagingRetentionTest, OldFilesAreDiscardedIfTheSettingSaysSo) {
    start({{kRetention, milliseconds_of(hours(48))}, {kDeletes, true}});
    pass(hours(47));
    EXPECT_EQ(state(), FileState::importing);
    pass(hours(2));
    EXPECT_EQ(state(), FileState::discarded);
    pass(hours(1));
    EXPECT_TRUE(world_.fakes.staging.objects.empty());
}

TEST_F(StagingRetentionTest, WhatAnOperatorHasSetAsideIsNotDiscarded) {
    start({{kRetention, milliseconds_of(hours(48))}, {kDeletes, true}});
    world_.lifecycle->change_file({.file = file_, .act = FileAct::set_aside, .reason = "mine"},
                                  [](const auto&) {});
    pass(hours(100));
    EXPECT_EQ(state(), FileState::set_aside);
}

// Goal    a wall clock that jumps deletes nothing, sets nothing aside and tells nothing, and keeps
//         nothing for longer.
// Method  it is set ahead by years and back behind the epoch, also over a restart.
TEST_F(StagingRetentionTest, AWallClockThatJumpsChangesNothing) {
    start({{kRetention, milliseconds_of(hours(48))}, {kDeletes, true}});
    const auto now = world_.clock.wall();
    for (const auto wall : {WallTime{now.unix_ms + 1'000'000'000'000}, WallTime{-1}, now}) {
        world_.clock.set_wall(wall);
        pass(hours(4));
        world_.crash_and_start();
        pass(hours(4));
    }
    EXPECT_EQ(state(), FileState::importing);
    EXPECT_THAT(world_.waiting, IsEmpty());
    world_.clock.set_wall(WallTime{-1});
    pass(hours(25));
    EXPECT_EQ(state(), FileState::discarded) << "49 hours of uptime";
}

TEST_F(StagingRetentionTest, TheTimeOfItsImportIntervalDoesNotCount) {
    auto patient = import_soon();
    patient.import.interval = hours(24);
    world_.fakes.definitions.snapshots.at(sink_).settings = patient;
    start({{kRetention, milliseconds_of(hours(1))}});
    pass(hours(24));
    EXPECT_EQ(state(), FileState::importing);
    pass(hours(2));
    EXPECT_EQ(state(), FileState::set_aside);
}

TEST_F(StagingRetentionTest, ARestoredFileWaitsAnew) {
    start({{kRetention, milliseconds_of(hours(48))}, {kDeletes, true}});
    pass(hours(30));
    world_.lifecycle->change_file({.file = file_, .act = FileAct::set_aside, .reason = "mine"},
                                  [](const auto&) {});
    pass(hours(30));
    EXPECT_EQ(state(), FileState::set_aside);
    world_.lifecycle->change_file({.file = file_, .act = FileAct::restore}, [](const auto&) {});
    pass(hours(40));
    EXPECT_EQ(state(), FileState::importing);
    pass(hours(10));
    EXPECT_EQ(state(), FileState::discarded);
}

TEST_F(StagingRetentionTest, FilesThatWaitForLongAreCountedUntilTheyDoNot) {
    start({});
    for (int i = 0; i < 4; ++i) world_.journal.append(sink_, "b");
    world_.run_for(seconds(1));
    pass(hours(23));
    EXPECT_EQ(world_.lifecycle->waiting_long(), 0U);
    pass(hours(2));
    EXPECT_EQ(world_.lifecycle->waiting_long(), world_.fakes.catalog.files.size());
    is_broken_ = false;
    pass(hours(1));
    EXPECT_EQ(world_.lifecycle->waiting_long(), 0U);
}

// Two files of one slice each in one file of a sink: the first is damaged in staging.
class DamagedSliceTest : public testing::Test {
protected:
    void start(bool is_on) {
        auto settings = import_at(2);
        settings.upload.count = 1;
        sink_ = world_.fakes.add_sink(1, settings);
        world_.node = SettingOverrides{{kSetDamagedAside, is_on}};
        world_.make_lifecycle();
        world_.start();
        world_.journal.append(sink_, "a");
        world_.run_for(seconds(1));
        whole_ = world_.fakes.staging.objects.begin()->second;
        world_.fakes.staging.objects.begin()->second[1] = 'X';
        world_.journal.append(sink_, "b");
        world_.run_for(seconds(1));
    }
    std::uint64_t aside() {
        return world_.fakes.catalog.statistics(sink_.sink).value().set_aside.rows;
    }
    const std::vector<std::string>& table() {
        return world_.fakes.target.tables["in.c-shop.sink1"];
    }

    World world_;
    SinkVersion sink_;
    std::string whole_;
};

TEST_F(DamagedSliceTest, IsSetAsideAloneAfterADay) {
    start(true);
    pass(world_, hours(23));
    EXPECT_EQ(aside(), 0U);
    EXPECT_THAT(table(), IsEmpty());
    pass(world_, hours(2));
    EXPECT_EQ(aside(), 1U);
    EXPECT_THAT(table(), ElementsAre("b"));
    EXPECT_TRUE(std::ranges::any_of(world_.fakes.catalog.files, [](const auto& row) {
        return row.second.file.aside &&
               row.second.file.aside->reason.find("is damaged") != std::string::npos;
    })) << "the reason says why";
}

TEST_F(DamagedSliceTest, IsLeftWithoutTheSetting) {
    start(false);
    pass(world_, hours(100));
    EXPECT_EQ(aside(), 0U);
    EXPECT_THAT(table(), IsEmpty());
}

TEST_F(DamagedSliceTest, OfARestartTheDayBeginsAnew) {
    start(true);
    pass(world_, hours(20));
    world_.crash_and_start();
    pass(world_, hours(20));
    EXPECT_EQ(aside(), 0U);
    world_.fakes.staging.objects.begin()->second = whole_;
    pass(world_, hours(1));
    EXPECT_THAT(table(), ElementsAre("a", "b"));
}

TEST_F(DamagedSliceTest, AStagingThatIsAwayIsNoDamage) {
    start(true);
    world_.fakes.fate.broken = "get";
    pass(world_, hours(23));
    world_.fakes.fate.broken = "";
    pass(world_, hours(20));
    EXPECT_EQ(aside(), 0U) << "damaged for twenty hours";
}

TEST_F(DamagedSliceTest, ATargetThatSaysCorruptIsNoDamage) {
    start(true);
    world_.fakes.staging.objects.begin()->second = whole_;
    world_.fakes.target.refuses_row = [](auto) { return false; };
    for (auto& [id, row] : world_.fakes.catalog.slices) row.slice.content.rows += 1;
    pass(world_, hours(48));
    EXPECT_EQ(aside(), 0U);
}

}  // namespace
}  // namespace millrace::lifecycle
