#include "core/lifecycle/lifecycle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "core/policy/retention.h"
#include "tests/unit/core/lifecycle/lifecycle_world.h"

namespace millrace::lifecycle {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using test::Unreliable;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAreArray;
using Fate = Unreliable::Fate;

// Two sinks, several files and slices: 2 rows a slice, 5 rows a file, and the interval for the
// rest.
struct Load {
    explicit Load(World& world) {
        auto settings = import_at(5);
        settings.upload.count = 2;
        settings.import.interval = minutes(1);
        for (std::uint64_t number : {1U, 2U})
            sinks.push_back(world.fakes.add_sink(number, settings));
    }

    // One row for each sink.
    void send(World& world) {
        for (std::size_t i = 0; i < sinks.size(); ++i) {
            sent[i].push_back("row-" + std::to_string(sent[i].size()));
            world.journal.append(sinks[i], sent[i].back());
        }
    }

    void expect_all_in_target(World& world) const {
        EXPECT_THAT(world.fakes.target.tables["in.c-shop.sink1"],
                    UnorderedElementsAreArray(sent[0]));
        EXPECT_THAT(world.fakes.target.tables["in.c-shop.sink2"],
                    UnorderedElementsAreArray(sent[1]));
    }

    std::vector<SinkVersion> sinks;
    std::vector<std::string> sent[2];
};

// One row whose import has failed.
void refuse_first_import(World& world) {
    const auto sink = world.fakes.add_sink(1, import_at(1));
    world.fakes.target.refuses = [](const auto&) { return true; };
    world.start();
    world.journal.append(sink, "a");
    world.run_for(milliseconds(200));
}

TEST(LifecycleTest, RowIsInTheTableAfterOneTurnWhenCountIsOne) {
    World world;
    const auto sink = world.fakes.add_sink(1, import_at(1));
    world.start();
    world.settle();
    world.journal.append(sink, "a");
    world.run_for(milliseconds(100));
    EXPECT_THAT(world.fakes.target.tables["in.c-shop.sink1"], ElementsAre("a"));
    EXPECT_TRUE(world.all_clean());

    const auto counters = world.lifecycle->counters();
    EXPECT_EQ(counters.uploads, 1U);
    EXPECT_EQ(counters.imports, 1U);
    EXPECT_EQ(counters.imported_rows, 1U);
    EXPECT_EQ(counters.failed_uploads + counters.failed_imports, 0U);
    ASSERT_EQ(world.imported.size(), 1U);
    EXPECT_EQ(world.imported[0].table, "in.c-shop.sink1");
    EXPECT_EQ(world.imported[0].rows, 1U);
    EXPECT_TRUE(world.failed.empty());
}

TEST(LifecycleTest, NothingIsClosedBeforeAConditionHolds) {
    World world;
    auto settings = import_at(3);
    settings.import.interval = minutes(1);
    const auto sink = world.fakes.add_sink(1, settings);
    world.start();
    world.journal.append(sink, "a");
    world.journal.append(sink, "b");
    world.run_for(seconds(59));
    EXPECT_EQ(world.journal.close_requests, 0);
    world.run_for(seconds(2));
    EXPECT_THAT(world.fakes.target.tables["in.c-shop.sink1"], ElementsAre("a", "b"));
}

// Goal    a clock that was a day ahead and is corrected delays nothing by that day.
// Method  rows come in while it is ahead, and after it: their opening times never go back.
TEST(LifecycleTest, IntervalsEndAfterTheClockWasSetBack) {
    World world;
    auto settings = test::patient_settings();
    settings.upload.interval = seconds(30);
    settings.import.interval = minutes(1);
    const auto sink = world.fakes.add_sink(1, settings);
    world.start();
    world.settle();
    world.journal.append(sink, "a");
    world.clock.set_wall(world.clock.wall() + -std::chrono::hours(24));
    world.run_for(seconds(29));
    EXPECT_EQ(world.journal.close_requests, 0);
    world.run_for(seconds(2));
    EXPECT_EQ(world.fakes.staging.objects.size(), 1U);
    world.run_for(seconds(30));
    EXPECT_THAT(world.fakes.target.tables["in.c-shop.sink1"], ElementsAre("a"));
}

TEST(LifecycleTest, RetriesComeAfterTheClockWasSetBack) {
    World world;
    refuse_first_import(world);
    ASSERT_EQ(world.lifecycle->counters().failed_imports, 1U);
    world.fakes.target.refuses = [](const auto&) { return false; };
    world.clock.set_wall(world.clock.wall() + -std::chrono::hours(24));
    world.run_for(seconds(1));
    EXPECT_THAT(world.fakes.target.tables["in.c-shop.sink1"], ElementsAre("a"));
}

// A thousand sinks close their slices at the same time; a list for each would be a thousand long.
TEST(LifecycleTest, OneListOfTheCatalogIsGoodForManyTasks) {
    World world;
    auto settings = import_at(2);
    settings.upload.count = 1;
    world.start();
    for (std::uint64_t number = 1; number <= 50; ++number) {
        world.journal.append(world.fakes.add_sink(number, settings), "a");
    }
    const auto before = world.fakes.catalog.lists;
    world.run_for(milliseconds(100));
    EXPECT_EQ(world.uploaded.size(), 50U);
    EXPECT_LT(world.fakes.catalog.lists - before, 20);
}

TEST(LifecycleTest, SlicesAreUploadedWhileTheirFileGoesOn) {
    World world;
    auto settings = import_at(4);
    settings.upload.count = 2;
    const auto sink = world.fakes.add_sink(1, settings);
    world.start();
    for (const auto* row : {"a", "b"}) world.journal.append(sink, row);
    world.run_for(milliseconds(200));
    EXPECT_EQ(world.fakes.staging.objects.size(), 1U);
    EXPECT_TRUE(world.fakes.slices.files.empty());
    EXPECT_TRUE(world.imported.empty());
    for (const auto* row : {"c", "d"}) world.journal.append(sink, row);
    world.run_for(milliseconds(200));
    EXPECT_THAT(world.fakes.target.tables["in.c-shop.sink1"], ElementsAre("a", "b", "c", "d"));
    ASSERT_EQ(world.imported.size(), 1U);
    EXPECT_EQ(world.imported[0].slices, 2U);
}

TEST(LifecycleTest, JournalIsAskedOnceForEachClosing) {
    World world;
    auto settings = test::patient_settings();
    settings.upload.count = 1;
    const auto by_slice = world.fakes.add_sink(1, settings);
    const auto by_file = world.fakes.add_sink(2, import_at(1));
    world.start();
    world.journal.append(by_slice, "a");
    world.journal.append(by_file, "b");
    for (int i = 0; i < 10; ++i) {  // the journal is slow: it does nothing
        world.clock.advance(milliseconds(100));
        world.strand.run_ready();
    }
    EXPECT_EQ(world.journal.close_requests, 2);
}

TEST(LifecycleTest, MappingSnapshotsAreReadOnce) {
    World world;
    const auto sink = world.fakes.add_sink(1, test::patient_settings());
    world.start();
    world.journal.append(sink, "a");
    world.run_for(seconds(5));
    EXPECT_EQ(world.fakes.definitions.asked, 1);
}

// Goal    every row is in the target exactly once and nothing is left over, whatever call failed.
// Method  fail the n-th call of any port, for n = 0, 1, 2 ... until a run has no failure left, once
//         without and once after having done its work. The fakes check the order of deletions.
TEST(LifecycleTest, EveryRowArrivesOnceWhateverCallFails) {
    for (const auto fate : {Fate::does_not_happen, Fate::happens_but_reports_failure}) {
        for (int fail_at = 0;; ++fail_at) {
            SCOPED_TRACE(testing::Message()
                         << "fate=" << static_cast<int>(fate) << " fail_at=" << fail_at);
            World world;
            Load load(world);
            world.fakes.fate.set([&](int call) { return call == fail_at ? fate : Fate::works; });
            world.start();
            for (int i = 0; i < 8; ++i) {
                load.send(world);
                world.run_for(milliseconds(100));
            }
            world.quiesce();
            load.expect_all_in_target(world);
            if (testing::Test::HasFailure()) return;
            if (world.fakes.fate.faults() == 0) {
                EXPECT_GT(fail_at, 50);
                break;
            }
        }
    }
}

// Goal    as before, with many failures in one run and the threads in any order.
// Method  for some minutes every third call fails, by a seed; then all is well again.
TEST(LifecycleTest, EveryRowArrivesOnceAfterFailuresAtRandom) {
    for (std::uint64_t seed = 0; seed < 30; ++seed) {
        SCOPED_TRACE(testing::Message() << "seed=" << seed);
        World world(seed);
        Load load(world);
        std::mt19937_64 coins(seed);
        world.fakes.fate.set([&](int) {
            if (coins() % 3 != 0) return Fate::works;
            return coins() % 2 == 0 ? Fate::does_not_happen : Fate::happens_but_reports_failure;
        });
        world.start();
        for (int i = 0; i < 12; ++i) {
            load.send(world);
            world.run_for(seconds(static_cast<int>(coins() % 10)));
        }
        EXPECT_GT(world.fakes.fate.faults(), 0);
        world.fakes.fate.set(Unreliable::works);
        world.quiesce();
        load.expect_all_in_target(world);
        if (testing::Test::HasFailure()) return;
    }
}

// Goal    a crash between any two tasks loses and doubles nothing.
// Method  crash after the n-th task for n = 0, 1, 2 ... until the run ends before; then start anew.
TEST(LifecycleTest, EveryRowArrivesOnceAfterACrashAtAnyTask) {
    for (std::uint64_t seed = 0; seed < 5; ++seed) {
        for (int crash_at = 0;; ++crash_at) {
            SCOPED_TRACE(testing::Message() << "seed=" << seed << " crash_at=" << crash_at);
            World world(seed);
            Load load(world);
            world.start();
            int turns = 0;
            for (int i = 0; i < 12; ++i) {
                load.send(world);
                world.clock.advance(milliseconds(100));
                while (turns < crash_at && world.turn()) ++turns;
            }
            const bool crashed = turns == crash_at;
            world.crash_and_start();
            world.quiesce();
            load.expect_all_in_target(world);
            if (testing::Test::HasFailure()) return;
            if (!crashed) {
                EXPECT_GT(crash_at, 50);
                break;
            }
        }
    }
}

// Goal    a crash amid a step, between any two calls, loses and doubles nothing.
// Method  from the n-th call on nothing happens any more, as for a process that is gone; then start
// anew.
TEST(LifecycleTest, EveryRowArrivesOnceAfterACrashAtAnyCall) {
    for (int die_at = 1;; ++die_at) {
        SCOPED_TRACE(testing::Message() << "die_at=" << die_at);
        World world;
        Load load(world);
        world.fakes.fate.set(
            [&](int call) { return call >= die_at ? Fate::does_not_happen : Fate::works; });
        world.start();
        for (int i = 0; i < 12 && world.fakes.fate.faults() == 0; ++i) {
            load.send(world);
            world.clock.advance(milliseconds(100));
            while (world.fakes.fate.faults() == 0 && world.turn()) {
            }
        }
        const bool died = world.fakes.fate.faults() > 0;
        world.fakes.fate.set(Unreliable::works);
        world.crash_and_start();
        world.quiesce();
        load.expect_all_in_target(world);
        if (testing::Test::HasFailure()) return;
        if (!died) {
            EXPECT_GT(die_at, 50);
            break;
        }
    }
}

// Goal    the same with many crashes in one run, and calls that fail before and after them.
// Method  every fourth call fails and every third time the process dies, by a seed.
TEST(LifecycleTest, EveryRowArrivesOnceAfterCrashesAmidFailures) {
    for (std::uint64_t seed = 0; seed < 30; ++seed) {
        SCOPED_TRACE(testing::Message() << "seed=" << seed);
        World world(seed);
        Load load(world);
        std::mt19937_64 coins(seed);
        world.fakes.fate.set([&](int) {
            if (coins() % 4 != 0) return Fate::works;
            return coins() % 2 == 0 ? Fate::does_not_happen : Fate::happens_but_reports_failure;
        });
        world.start();
        for (int i = 0; i < 12; ++i) {
            load.send(world);
            world.clock.advance(milliseconds(static_cast<int>(coins() % 3000)));
            for (auto turns = coins() % 40; turns > 0 && world.turn(); --turns) {
            }
            if (coins() % 3 == 0) world.crash_and_start();
        }
        world.fakes.fate.set(Unreliable::works);
        world.quiesce();
        load.expect_all_in_target(world);
        if (testing::Test::HasFailure()) return;
    }
}

// Rows that the table refuses are in no table, and rejects of their sink once.
void expect_each_once(World& world, const Load& load, bool (*is_refused)(std::string_view)) {
    for (std::size_t i = 0; i < load.sinks.size(); ++i) {
        std::vector<std::string> taken;
        std::vector<std::string> refused;
        for (const auto& row : load.sent[i]) {
            (is_refused(row) ? refused : taken).push_back(row);
        }
        const auto sink = load.sinks[i].sink;
        std::vector<std::string> rejects;
        for (const auto& row : world.fakes.catalog.rejects[sink]) {
            rejects.push_back(row.text.substr(0, row.text.size() - 1));
        }
        EXPECT_THAT(world.fakes.target.tables["in.c-shop.sink" + std::to_string(i + 1)],
                    UnorderedElementsAreArray(taken));
        EXPECT_THAT(rejects, UnorderedElementsAreArray(refused));
        EXPECT_EQ(world.fakes.catalog.statistics(sink).value().target.rows, taken.size());
    }
}

bool ends_odd(std::string_view row) {
    return (row.back() - '0') % 2 == 1;
}

// Goal    the process may die between any two calls, also between the record of refused rows and
//         the import without them: each row is in the table or a reject, once.
// Method  the target refuses every second row; from the n-th call on nothing happens any more, and
//         for the other half of the runs the n-th call happens and nobody hears of it.
TEST(LifecycleTest, RefusedRowsAreRejectsOnceAfterACrashAtAnyCall) {
    for (const auto last : {Fate::does_not_happen, Fate::happens_but_reports_failure}) {
        for (int die_at = 1;; ++die_at) {
            SCOPED_TRACE(testing::Message()
                         << "last=" << static_cast<int>(last) << " die_at=" << die_at);
            World world;
            Load load(world);
            world.fakes.target.refuses_row = ends_odd;
            world.fakes.fate.set([&](int call) {
                if (call == die_at) return last;
                return call > die_at ? Fate::does_not_happen : Fate::works;
            });
            world.start();
            for (int i = 0; i < 12 && world.fakes.fate.faults() == 0; ++i) {
                load.send(world);
                world.clock.advance(milliseconds(100));
                while (world.fakes.fate.faults() == 0 && world.turn()) {
                }
            }
            const bool died = world.fakes.fate.faults() > 0;
            world.fakes.fate.set(Unreliable::works);
            world.crash_and_start();
            world.quiesce();
            expect_each_once(world, load, ends_odd);
            if (testing::Test::HasFailure()) return;
            if (!died) {
                EXPECT_GT(die_at, 50);
                break;
            }
        }
    }
}

// Goal    the same for a table that changes its mind, amid failures and crashes.
// Method  by a seed calls fail, the process dies, and the table begins to take what it refused.
TEST(LifecycleTest, RefusedRowsAreSomewhereOnceWhateverTheTableSaysLater) {
    for (std::uint64_t seed = 0; seed < 30; ++seed) {
        SCOPED_TRACE(testing::Message() << "seed=" << seed);
        World world(seed);
        Load load(world);
        std::mt19937_64 coins(seed);
        bool is_strict = true;
        world.fakes.target.refuses_row = [&](std::string_view row) {
            return is_strict && ends_odd(row);
        };
        world.fakes.fate.set([&](int) {
            if (coins() % 4 != 0) return Fate::works;
            return coins() % 2 == 0 ? Fate::does_not_happen : Fate::happens_but_reports_failure;
        });
        world.start();
        for (int i = 0; i < 12; ++i) {
            load.send(world);
            world.clock.advance(milliseconds(static_cast<int>(coins() % 3000)));
            is_strict = coins() % 2 == 0;
            for (auto turns = coins() % 40; turns > 0 && world.turn(); --turns) {
            }
            if (coins() % 3 == 0) world.crash_and_start();
        }
        world.fakes.fate.set(Unreliable::works);
        world.quiesce();
        for (std::size_t i = 0; i < load.sinks.size(); ++i) {
            auto all = world.fakes.target.tables["in.c-shop.sink" + std::to_string(i + 1)];
            for (const auto& row : world.fakes.catalog.rejects[load.sinks[i].sink]) {
                all.push_back(row.text.substr(0, row.text.size() - 1));
            }
            EXPECT_THAT(all, UnorderedElementsAreArray(load.sent[i]));
        }
        if (testing::Test::HasFailure()) return;
    }
}

TEST(LifecycleTest, FailureIsRecordedAndRetriedWithGrowingDelays) {
    World world;
    refuse_first_import(world);
    const auto& file = world.fakes.catalog.files.begin()->second.file;
    EXPECT_EQ(file.retry.attempt, 1U);
    EXPECT_THAT(file.retry.reason, HasSubstr("the table is different"));
    EXPECT_EQ(world.lifecycle->counters().failed_imports, 1U);

    world.run_for(milliseconds(700));  // the first delay is 0.9 s at least
    EXPECT_EQ(file.retry.attempt, 1U);
    world.run_for(milliseconds(500));
    EXPECT_EQ(file.retry.attempt, 2U);
    EXPECT_EQ(world.failed.back().step, "import");
    EXPECT_EQ(world.failed.back().attempt, 2U);

    world.fakes.target.refuses = [](const auto&) { return false; };
    world.run_for(seconds(3));
    EXPECT_THAT(world.fakes.target.tables["in.c-shop.sink1"], ElementsAre("a"));
}

TEST(LifecycleTest, RefusedRowsAreToldWithTheFirstReason) {
    World world;
    const auto sink = world.fakes.add_sink(1, import_at(3));
    world.fakes.target.refuses_row = [](std::string_view row) { return row != "a"; };
    world.start();
    for (const auto* row : {"a", "b", "c"}) world.journal.append(sink, row);
    world.quiesce();
    ASSERT_EQ(world.refused.size(), 1U);
    EXPECT_EQ(world.refused[0].rows, 2U);
    EXPECT_EQ(world.refused[0].table, "in.c-shop.sink1");
    EXPECT_EQ(world.refused[0].reason, "the constraint is violated");
    EXPECT_EQ(world.imported[0].rows, 1U);
    EXPECT_EQ(world.lifecycle->counters().imported_rows, 1U);
    EXPECT_TRUE(world.failed.empty());
}

// Goal    an installation that was restored finds that the one that went on behind its backup has
//         imported a file without the rows that the table refused: these are rejects here too.
// Method  the ledger has the file before its first import.
TEST(LifecycleTest, RowsThatWereRefusedBehindTheBackupAreRejects) {
    World world;
    const auto sink = world.fakes.add_sink(1, import_at(3));
    auto& target = world.fakes.target;
    target.knows_other_imports = true;
    // The import behind the backup.
    target.before_import = [&](const ImportRequest& request) {
        const test::FakeTarget::Entry behind{.digest = request.digest + "-0.1", .rows = 2};
        if (target.ledger.try_emplace(request.file, behind).second) {
            target.tables[request.table.id.text()] = {"a", "c"};
        }
    };
    world.start();
    for (const auto* row : {"a", "bad", "c"}) world.journal.append(sink, row);
    world.quiesce();
    EXPECT_THAT(target.tables["in.c-shop.sink1"], ElementsAre("a", "c"));
    const auto& rejects = world.fakes.catalog.rejects[sink.sink];
    ASSERT_EQ(rejects.size(), 1U);
    EXPECT_EQ(rejects[0].text, "bad\n");
    EXPECT_EQ(rejects[0].row, 1U);
    EXPECT_TRUE(world.failed.empty());
}

// Goal    what the ledger has is another file's content: nothing is recorded, and the import fails.
TEST(LifecycleTest, AnImportOfOtherSlicesIsAFailure) {
    World world;
    const auto sink = world.fakes.add_sink(1, import_at(1));
    auto& target = world.fakes.target;
    target.knows_other_imports = true;
    target.before_import = [&](const ImportRequest& request) {
        target.ledger.try_emplace(
            request.file, test::FakeTarget::Entry{.digest = "0123456789abcdef-0.0", .rows = 0});
    };
    world.start();
    world.journal.append(sink, "a");
    world.run_for(milliseconds(200));
    const auto& file = world.fakes.catalog.files.begin()->second.file;
    EXPECT_EQ(file.retry.attempt, 1U);
    EXPECT_THAT(file.retry.reason, HasSubstr("has the file with the digest"));
    EXPECT_TRUE(world.fakes.catalog.refused.empty());
}

// Goal    a load is in the table whole or not at all: without a client that can be told it is set
//         aside, and later files come through.
TEST(LifecycleTest, AFileOfALoadWithARefusedRowIsSetAsideWhole) {
    World world;
    const auto sink = world.fakes.add_sink(1, import_at(2));
    world.fakes.target.refuses_row = [](std::string_view row) { return row == "bad"; };
    world.start();
    world.journal.append(sink, "a");
    world.journal.append(sink, "bad");
    const auto file = world.journal.open_files().at(0).id;
    world.fakes.catalog.loads.insert(file);
    world.run_for(milliseconds(500));
    EXPECT_EQ(world.fakes.catalog.files.at(file).file.retry.attempt, 1U) << "it is tried again";
    world.run_for(seconds(3));
    const auto& aside = world.fakes.catalog.files.at(file).file;
    EXPECT_EQ(aside.state, FileState::set_aside);
    EXPECT_EQ(aside.aside->reason, "row 2 of slice 1: the constraint is violated");
    for (const auto* row : {"c", "d"}) world.journal.append(sink, row);
    world.run_for(seconds(3));
    EXPECT_THAT(world.fakes.target.tables["in.c-shop.sink1"], ElementsAre("c", "d"));
    EXPECT_TRUE(world.fakes.catalog.rejects.empty());
}

TEST(LifecycleTest, ALoadWhoseClientWaitsIsAbortedAtOnce) {
    World world;
    const auto sink = world.fakes.add_sink(1, import_at(1));
    world.fakes.target.refuses_row = [](auto) { return true; };
    world.aborts_loads = true;
    world.start();
    world.journal.append(sink, "bad");
    world.fakes.catalog.loads.insert(world.journal.open_files().at(0).id);
    world.run_for(milliseconds(200));
    ASSERT_EQ(world.refused_loads.size(), 1U);
    EXPECT_EQ(world.refused_loads[0].reason, "row 1 of slice 1: the constraint is violated");
    EXPECT_TRUE(world.failed.empty());
    EXPECT_TRUE(world.fakes.catalog.refused.empty());
}

TEST(LifecycleTest, WhatAStopGivesUpIsNoFailure) {
    World world;
    const auto sink = world.fakes.add_sink(1, import_at(1));
    world.start();
    bool stopped = false;
    world.fakes.target.refuses = [&](const auto&) {
        world.lifecycle->stop([&stopped] { stopped = true; });
        return true;
    };
    world.journal.append(sink, "a");
    world.run_for(milliseconds(200));
    EXPECT_TRUE(stopped);
    EXPECT_TRUE(world.failed.empty());
    EXPECT_EQ(world.lifecycle->counters().failed_imports, 0U);
    EXPECT_EQ(world.fakes.catalog.files.begin()->second.file.retry.attempt, 0U);
}

// Goal    files whose target is not configured any more wait, hold up no other sink, burn no retry,
//         and go on when it is configured again.
TEST(LifecycleTest, FilesOfATargetThatIsNotConfiguredWaitForIt) {
    World world;
    const auto known = world.fakes.add_sink(1, import_at(1));
    const auto unknown = world.fakes.add_sink(2, import_at(1));
    world.fakes.definitions.snapshots.at(unknown).target = TargetName("lake");
    world.start();
    world.journal.append(unknown, "a");
    world.journal.append(known, "b");
    world.run_for(minutes(5));
    EXPECT_THAT(world.fakes.target.tables["in.c-shop.sink1"], ElementsAre("b"));
    EXPECT_TRUE(world.fakes.target.tables["in.c-shop.sink2"].empty());
    EXPECT_TRUE(world.failed.empty());
    ASSERT_EQ(world.missing.size(), 1U);
    EXPECT_EQ(world.missing[0].sink, SinkNumber(2));
    EXPECT_EQ(world.missing[0].reason, "there is no target \"lake\"; there is \"default\"");
    for (const auto& [id, row] : world.fakes.catalog.files) EXPECT_EQ(row.file.retry.attempt, 0U);

    world.fakes.has_more = true;
    world.crash_and_start();
    world.run_for(seconds(1));
    EXPECT_THAT(world.fakes.target.tables["in.c-shop.sink2"], ElementsAre("a"));
}

TEST(LifecycleTest, SlicesOfAStagingThatIsNotConfiguredWaitForIt) {
    World world;
    world.fakes.has_more = true;
    world.make_lifecycle();
    auto settings = import_at(1000);
    settings.upload.count = 1;
    const auto sink = world.fakes.add_sink(1, settings);
    world.start();
    world.journal.append(sink, "a");
    world.run_for(seconds(1));
    EXPECT_EQ(world.fakes.cold.objects.size(), 1U) << "new slices go where the configuration says";

    world.fakes.has_more = false;
    world.crash_and_start();
    world.journal.append(sink, "b");
    world.run_for(seconds(1));
    EXPECT_EQ(world.fakes.staging.objects.size(), 1U);
    world.fakes.definitions.snapshots.at(sink).settings.import.count = 1;
    world.crash_and_start();
    world.run_for(minutes(5));
    EXPECT_TRUE(world.fakes.target.tables["in.c-shop.sink1"].empty());
    EXPECT_TRUE(world.failed.empty());
    EXPECT_EQ(world.missing.size(), 1U);

    world.fakes.has_more = true;
    world.crash_and_start();
    world.run_for(seconds(1));
    EXPECT_THAT(world.fakes.target.tables["in.c-shop.sink1"], ElementsAre("a", "b"));
    EXPECT_TRUE(world.fakes.cold.objects.empty());
    EXPECT_TRUE(world.fakes.staging.objects.empty());
}

// As on a disk that is full.
TEST(LifecycleTest, DelaysGrowAlsoWhileTheCatalogTakesNothing) {
    World world;
    world.fakes.fate.broken = "retry_file";
    refuse_first_import(world);
    world.run_for(seconds(30));
    EXPECT_GE(world.failed.back().attempt, 4U);
    EXPECT_LE(world.failed.size(), 7U);

    world.fakes.fate.broken.clear();
    world.fakes.target.refuses = [](const auto&) { return false; };
    world.run_for(minutes(1));
    EXPECT_THAT(world.fakes.target.tables["in.c-shop.sink1"], ElementsAre("a"));
}

TEST(LifecycleTest, CorruptSliceIsKeptAndNamed) {
    World world;
    const auto sink = world.fakes.add_sink(1, import_at(1));
    world.start();
    world.journal.append(sink, "a");
    world.fakes.slices.files.begin()->second = "b\n";
    world.run_for(seconds(30));
    EXPECT_TRUE(world.fakes.staging.objects.empty());
    EXPECT_EQ(world.fakes.slices.files.size(), 1U);
    EXPECT_THAT(world.fakes.catalog.slices.begin()->second.slice.retry.reason,
                HasSubstr("wrong CRC"));
}

TEST(LifecycleTest, AFailingSinkDoesNotHoldUpOthers) {
    World world;
    const auto bad = world.fakes.add_sink(1, import_at(1));
    const auto good = world.fakes.add_sink(2, import_at(1));
    world.fakes.staging.refuses = [](const auto& key) { return key.starts_with("1/"); };
    world.start();
    for (int i = 0; i < 20; ++i) {
        world.journal.append(bad, "bad");
        world.journal.append(good, std::to_string(i));
        world.run_for(milliseconds(100));
    }
    EXPECT_EQ(world.fakes.target.tables["in.c-shop.sink2"].size(), 20U);
    EXPECT_EQ(world.fakes.target.tables["in.c-shop.sink1"].size(), 0U);
}

// Goal    a target that is away for a day holds up no other; when it is back its rows come in the
//         order of their answers, while more are taken, and none is lost or doubled.
// Method  two targets, one of which refuses everything for a day; the process dies meanwhile.
TEST(LifecycleTest, ATargetThatWasAwayForADayDrainsInOrder) {
    World world;
    world.fakes.has_more = true;
    world.make_lifecycle();
    const auto near = world.fakes.add_sink(1, import_at(2));
    const auto far = world.fakes.add_sink(2, import_at(2), 1, "in.c-far.rows");
    world.fakes.definitions.snapshots.at(far).target = TargetName("lake");
    bool is_away = true;
    world.fakes.target.refuses = [&](const ImportRequest& request) {
        return is_away && request.table.id.bucket() == "in.c-far";
    };
    world.start();
    std::vector<std::string> sent;
    const auto send = [&] {
        sent.push_back(std::to_string(sent.size()));
        world.journal.append(near, sent.back());
        world.journal.append(far, sent.back());
    };
    std::uint32_t attempts = 0;
    for (int hour = 0; hour < 24; ++hour) {
        send();
        send();
        for (int i = 0; i < 12; ++i) {
            world.settle();
            world.clock.advance(minutes(5));
        }
        EXPECT_EQ(world.fakes.target.tables["in.c-shop.sink1"], sent) << "hour " << hour;
        const auto& retry = world.fakes.catalog.files_to_import(WallTime{1LL << 60}, 1);
        ASSERT_EQ(retry.value().size(), 1U) << "the oldest of the sink";
        EXPECT_GT(retry.value().front().retry.attempt, attempts) << "stored with the file";
        attempts = retry.value().front().retry.attempt;
        if (hour == 12) world.crash_and_start();
    }
    EXPECT_THAT(world.fakes.target.tables["in.c-far.rows"], testing::IsEmpty());
    is_away = false;
    send();
    send();
    world.quiesce();
    EXPECT_EQ(world.fakes.target.tables["in.c-far.rows"], sent);
    EXPECT_EQ(world.fakes.target.tables["in.c-shop.sink1"], sent);
}

TEST(LifecycleTest, FileOfAnOldMappingIsClosedAndImportedBeforeTheNewOne) {
    World world;
    const auto old_mapping = world.fakes.add_sink(1, test::patient_settings(), 1);
    world.journal.append(old_mapping, "old");
    world.clock.advance(seconds(1));
    const auto new_mapping = world.fakes.add_sink(1, import_at(1), 2);
    world.journal.append(new_mapping, "new");
    world.start();
    world.run_for(seconds(1));
    EXPECT_THAT(world.fakes.target.tables["in.c-shop.sink1"], ElementsAre("old", "new"));
}

TEST(LifecycleTest, FilesThatOnlyRecoveryReportsAreImported) {
    World world;
    const auto sink = world.fakes.add_sink(1, test::patient_settings());
    world.start();
    world.journal.append(sink, "a");
    world.journal.close_file(world.journal.open_files().at(0).id);
    world.journal.pump(*world.lifecycle);
    world.crash_and_start();  // before the catalog heard of anything
    world.run_for(milliseconds(100));
    EXPECT_THAT(world.fakes.target.tables["in.c-shop.sink1"], ElementsAre("a"));
}

TEST(LifecycleTest, FileWaitsForAnOlderOneOfItsSinkThatIsStillOpen) {
    World world;
    const auto sink = world.fakes.add_sink(1, test::patient_settings());
    world.journal.append(sink, "old");
    const auto old_file = world.journal.open_files().at(0).id;
    world.clock.advance(seconds(1));
    OpenFile newer;
    newer.id = FileId(make_uuid_v7(world.clock.age(), 1, 1));
    newer.sink = sink;
    ASSERT_TRUE(world.fakes.catalog.close_file(newer).ok());
    world.start();
    world.run_for(seconds(1));
    EXPECT_TRUE(world.imported.empty());
    world.journal.close_file(old_file);
    world.run_for(seconds(1));
    ASSERT_EQ(world.imported.size(), 2U);
    EXPECT_EQ(world.imported[0].file, old_file);
}

TEST(LifecycleTest, StopLetsRunningStepsFinishAndStartsNone) {
    World world;
    const auto sink = world.fakes.add_sink(1, import_at(1));
    world.start();
    world.settle();
    world.journal.append(sink, "a");
    world.clock.advance(milliseconds(100));
    while (std::none_of(world.workers.begin(), world.workers.end(),
                        [](const auto& worker) { return worker->has_ready(); })) {
        world.strand.run_ready();
        world.journal.pump(*world.lifecycle);
    }
    int stopped = 0;
    world.lifecycle->stop([&stopped] { ++stopped; });
    world.strand.run_ready();
    EXPECT_EQ(stopped, 0) << "the upload is under way";
    world.run_for(seconds(10));
    EXPECT_EQ(stopped, 1);
    EXPECT_EQ(world.lifecycle->counters().uploads, 1U);
    EXPECT_EQ(world.lifecycle->counters().imports, 0U);
    EXPECT_FALSE(world.strand.has_ready());

    world.lifecycle.reset();  // timers that are left must not reach for it
    world.clock.advance(minutes(10));
    world.strand.run_ready();
}

TEST(LifecycleTest, ImportedFilesAreForgottenAfterAnHourOnceTheyCannotBeReplayed) {
    World world;
    const auto sink = world.fakes.add_sink(1, import_at(1));
    world.start();
    world.journal.append(sink, "a");
    world.run_for(seconds(1));
    world.clock.advance(minutes(59));
    world.run_for(seconds(1));
    world.lifecycle->checkpointed(VolumeId(), Sequence(1));
    EXPECT_EQ(world.fakes.catalog.files.size(), 1U);
    world.clock.advance(minutes(2));
    world.run_for(seconds(1));
    EXPECT_EQ(world.fakes.catalog.files.size(), 0U);

    world.journal.append(sink, "b");  // sequence 2, not checkpointed
    world.run_for(seconds(1));
    world.clock.advance(minutes(120));
    world.run_for(seconds(1));
    EXPECT_EQ(world.fakes.catalog.files.size(), 1U);
}

}  // namespace
}  // namespace millrace::lifecycle
