#include "core/lifecycle/file_steps.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "tests/unit/core/lifecycle/lifecycle_world.h"

namespace millrace::lifecycle {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;
using Fate = test::Unreliable::Fate;

// A sink whose first row cannot be imported as long as the table refuses it.
struct StuckSink {
    explicit StuckSink(World& stuck) : world(stuck) {
        refuse_first();
        world.start();
        world.journal.append(sink, "a");
        world.run_for(milliseconds(200));
        file = world.fakes.catalog.files.begin()->first;
    }

    void refuse_first() {
        world.fakes.target.refuses = [this](const ImportRequest& request) {
            const bool is_first = !file || request.file == *file;
            return is_broken && is_first;
        };
    }
    void send(const std::string& row) {
        world.journal.append(sink, row);
        world.run_for(milliseconds(300));
    }
    // Nothing while no answer came.
    std::optional<Code> change(FileAct act, const std::string& reason = "") {
        std::optional<Result<void>> outcome;
        world.lifecycle->change_file(
            {.file = *file, .act = act, .reason = reason},
            [&outcome](Result<void> changed) { outcome = std::move(changed); });
        world.settle();
        return outcome && !outcome->ok() ? std::optional(outcome->error().code()) : std::nullopt;
    }
    FileState state() const { return world.fakes.catalog.files.at(*file).file.state; }
    const std::vector<std::string>& table() const {
        return world.fakes.target.tables["in.c-shop.sink1"];
    }

    World& world;
    const SinkVersion sink = world.fakes.add_sink(1, import_at(1));
    bool is_broken = true;
    std::optional<FileId> file;
};

TEST(FileStepsTest, LaterFilesComeThroughWhenTheOldestIsSetAside) {
    World world;
    StuckSink stuck(world);
    stuck.send("b");
    EXPECT_THAT(stuck.table(), IsEmpty());
    ASSERT_EQ(stuck.change(FileAct::set_aside, "no such column"), std::nullopt);
    world.run_for(milliseconds(300));
    EXPECT_THAT(stuck.table(), ElementsAre("b"));
    EXPECT_EQ(world.fakes.catalog.files.at(*stuck.file).file.aside->reason, "no such column");
    ASSERT_EQ(world.changed.size(), 1U);
    EXPECT_EQ(world.changed[0].act, "set aside");
    EXPECT_EQ(world.changed[0].sink, stuck.sink.sink);
    world.run_for(seconds(30));
    EXPECT_EQ(stuck.state(), FileState::set_aside);
    EXPECT_EQ(world.fakes.staging.objects.size(), 1U) << "its slice is kept";

    stuck.is_broken = false;
    ASSERT_EQ(stuck.change(FileAct::restore), std::nullopt);
    world.run_for(milliseconds(300));
    EXPECT_THAT(stuck.table(), ElementsAre("b", "a"));
    EXPECT_TRUE(world.all_clean());
    EXPECT_EQ(stuck.change(FileAct::set_aside), Code::conflict);
    EXPECT_EQ(stuck.change(FileAct::discard), Code::conflict);
    EXPECT_EQ(stuck.change(FileAct::retry), Code::conflict);
}

// Goal    a damaged slice costs no other of its file; only what cannot be in the table leaves it.
TEST(FileStepsTest, ADamagedSliceIsSetAsideAloneAndTheOthersAreImported) {
    World world;
    auto settings = import_at(3);
    settings.upload.count = 1;
    const auto sink = world.fakes.add_sink(1, settings);
    world.start();
    const auto send = [&](const std::string& row) {
        world.journal.append(sink, row);
        world.run_for(milliseconds(300));
    };
    send("a");
    send("b");
    auto& object = world.fakes.staging.objects.rbegin()->second;
    const auto whole = object;
    object[1] = 'X';
    send("c");
    const auto file = world.fakes.catalog.files.begin()->first;
    ASSERT_EQ(world.fakes.catalog.files.at(file).file.retry.attempt, 1U);
    std::vector<SliceId> slices;
    for (const auto& [id, row] : world.fakes.catalog.slices) slices.push_back(id);
    const auto set_aside = [&](const std::vector<SliceId>& wanted) {
        std::optional<Result<void>> outcome;
        world.lifecycle->change_file(
            {.file = file, .act = FileAct::set_aside, .reason = "damaged", .slices = wanted},
            [&outcome](Result<void> changed) { outcome = std::move(changed); });
        world.settle();
        return outcome->ok() ? std::optional<Code>() : outcome->error().code();
    };
    EXPECT_EQ(set_aside({slices[0]}), Code::conflict) << "nothing says that it is damaged";
    ASSERT_EQ(set_aside({slices[1]}), std::nullopt);
    world.run_for(milliseconds(300));
    EXPECT_THAT(world.fakes.target.tables["in.c-shop.sink1"], ElementsAre("a", "c"));
    const auto part = part_of(file, slices[1]);
    EXPECT_EQ(world.fakes.catalog.files.at(part).file.state, FileState::set_aside);
    EXPECT_EQ(world.fakes.catalog.statistics(sink.sink).value().set_aside.rows, 1U);

    world.fakes.staging.objects.begin()->second = whole;
    world.lifecycle->change_file({.file = part, .act = FileAct::restore}, [](const auto&) {});
    world.quiesce();
    EXPECT_THAT(world.fakes.target.tables["in.c-shop.sink1"], ElementsAre("a", "c", "b"));
}

TEST(FileStepsTest, SlicesOfAFileThatIsSetAsideAreStillUploaded) {
    World world;
    world.fakes.staging.refuses = [](const auto&) { return true; };
    StuckSink stuck(world);
    ASSERT_EQ(stuck.change(FileAct::set_aside), std::nullopt);
    EXPECT_EQ(world.fakes.slices.files.size(), 1U);
    world.fakes.staging.refuses = [](const auto&) { return false; };
    world.run_for(seconds(5));
    EXPECT_THAT(world.fakes.slices.files, IsEmpty());
    EXPECT_EQ(world.fakes.staging.objects.size(), 1U);
    EXPECT_EQ(stuck.state(), FileState::set_aside);
}

TEST(FileStepsTest, ARetryWaitsForNoPause) {
    World world;
    StuckSink stuck(world);
    world.run_for(seconds(60));
    const auto attempts = world.fakes.catalog.files.at(*stuck.file).file.retry.attempt;
    ASSERT_GT(attempts, 4U);
    stuck.is_broken = false;
    ASSERT_EQ(stuck.change(FileAct::retry), std::nullopt);
    EXPECT_THAT(stuck.table(), ElementsAre("a"));
}

TEST(FileStepsTest, ARetryOfAFileIsOneOfItsUploadsToo) {
    World world;
    world.fakes.staging.refuses = [](const auto&) { return true; };
    StuckSink stuck(world);
    stuck.is_broken = false;
    world.run_for(seconds(60));
    world.fakes.staging.refuses = [](const auto&) { return false; };
    ASSERT_EQ(stuck.change(FileAct::retry), std::nullopt);
    EXPECT_THAT(stuck.table(), ElementsAre("a"));
}

TEST(FileStepsTest, AFileThatIsBeingImportedIsNotChanged) {
    World world;
    StuckSink stuck(world);
    std::optional<Code> refused;
    // On the worker: the import is under way.
    world.fakes.target.refuses = [&](const auto&) {
        world.lifecycle->change_file({.file = *stuck.file, .act = FileAct::set_aside},
                                     [&](Result<void> changed) {
                                         ASSERT_FALSE(changed.ok());
                                         refused = changed.error().code();
                                     });
        for (int i = 0; i < 100 && !refused; ++i) world.strand.run_one();
        return false;
    };
    world.run_for(seconds(2));
    EXPECT_EQ(refused, Code::conflict);
    EXPECT_THAT(stuck.table(), ElementsAre("a"));
    EXPECT_EQ(stuck.state(), FileState::imported);
}

// Goal    rows that were committed and whose answer was lost are there once after a restore.
TEST(FileStepsTest, ARestoredFileIsFoundInTheLedgerOfItsTarget) {
    World world;
    StuckSink stuck(world);
    stuck.is_broken = false;
    bool lost = false;
    world.fakes.fate.set([&](int) {
        const bool has_rows = !stuck.table().empty();
        if (!has_rows || lost) return Fate::works;
        lost = true;  // the first call after the commit: nothing is recorded
        return Fate::does_not_happen;
    });
    world.run_for(seconds(2));
    ASSERT_TRUE(lost);
    ASSERT_EQ(stuck.state(), FileState::importing);
    world.fakes.fate.set([](int) { return Fate::works; });
    ASSERT_EQ(stuck.change(FileAct::set_aside), std::nullopt);
    ASSERT_EQ(stuck.change(FileAct::restore), std::nullopt);
    world.run_for(seconds(1));
    EXPECT_EQ(stuck.state(), FileState::imported);
    EXPECT_THAT(stuck.table(), ElementsAre("a"));
    ASSERT_FALSE(world.imported.empty());
    EXPECT_TRUE(world.imported.back().already_done);
}

TEST(FileStepsTest, WhatIsDiscardedIsDeletedAtEveryLevel) {
    World world;
    world.fakes.staging.refuses = [](const auto&) { return true; };
    StuckSink stuck(world);
    ASSERT_EQ(stuck.change(FileAct::discard), Code::conflict) << "it is not set aside";
    ASSERT_EQ(stuck.change(FileAct::set_aside), std::nullopt);
    ASSERT_EQ(stuck.change(FileAct::discard), std::nullopt);
    EXPECT_EQ(stuck.change(FileAct::restore), Code::conflict);
    world.fakes.staging.refuses = [](const auto&) { return false; };
    world.run_for(std::chrono::minutes(10));
    EXPECT_TRUE(world.all_clean());
    EXPECT_THAT(stuck.table(), IsEmpty());
    const auto statistics = world.fakes.catalog.statistics(stuck.sink.sink).value();
    EXPECT_EQ(statistics.discarded.rows, 1U);
}

// Goal    whatever fails, and wherever the process dies, a row is in the table once, or counted as
//         set aside or discarded, and what is discarded leaves nothing behind.
// Method  fail the n-th call, or die at it, for n = 0, 1, 2 ... while an operator sets a file
//         aside, restores or discards it, and repeats what was not done.
TEST(FileStepsTest, EveryRowIsInOnePlaceWhateverFails) {
    for (const auto last : {FileAct::restore, FileAct::discard}) {
        for (const bool dies : {false, true}) {
            for (int fail_at = 0;; ++fail_at) {
                SCOPED_TRACE(testing::Message()
                             << to_string(last) << (dies ? " dies at " : " fails at ") << fail_at);
                World world;
                StuckSink stuck(world);
                world.fakes.fate.set([&](int call) {
                    if (call < fail_at || (!dies && call > fail_at)) return Fate::works;
                    return dies ? Fate::does_not_happen : Fate::happens_but_reports_failure;
                });
                const auto insist = [&](FileAct act, FileState wanted) {
                    for (int i = 0; i < 5 && stuck.state() != wanted; ++i) {
                        stuck.change(act, "x");
                        if (!dies || world.fakes.fate.faults() == 0) continue;
                        world.fakes.fate.set([](int) { return Fate::works; });
                        world.crash_and_start();
                    }
                };
                insist(FileAct::set_aside, FileState::set_aside);
                stuck.send("b");
                stuck.is_broken = false;
                insist(last, last == FileAct::restore ? FileState::closing : FileState::discarded);
                const auto faults = world.fakes.fate.faults();
                world.fakes.fate.set([](int) { return Fate::works; });
                world.crash_and_start();
                world.run_for(std::chrono::minutes(1));
                const auto statistics = world.fakes.catalog.statistics(stuck.sink.sink).value();
                const bool is_back = last == FileAct::restore;
                EXPECT_EQ(statistics.target.rows, is_back ? 2U : 1U);
                EXPECT_EQ(statistics.discarded.rows, is_back ? 0U : 1U);
                EXPECT_EQ(statistics.set_aside.rows, 0U);
                EXPECT_EQ(stuck.table().size(), is_back ? 2U : 1U);
                if (testing::Test::HasFailure()) return;
                if (faults == 0 && !dies) break;
                if (fail_at > 60) break;
            }
        }
    }
}

}  // namespace
}  // namespace millrace::lifecycle
