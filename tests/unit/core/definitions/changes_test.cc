#include "core/definitions/changes.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/sim/sim_rng.h"
#include "tests/support/clocks.h"
#include "tests/support/manual_ports.h"
#include "tests/support/memory_catalog.h"
#include "tests/support/memory_file_catalog.h"

namespace millrace::definitions {
namespace {

using fakes::Log;

// The five steps, one at a time; tests/unit/api/control/changes_test.cc has the edits.
class ChangesTest : public testing::Test {
protected:
    Edited effect() {
        return std::optional(
            Effect{.source = key_,
                   .route = nullptr,
                   .closings = {{.sink = SinkNumber(1), .below = MappingVersion(2)}}});
    }
    Task start(Edit edit) {
        auto task = changes_.start({.operation = "update.source",
                                    .source = key_,
                                    .sink = std::nullopt,
                                    .success_text = "Made."},
                                   std::move(edit));
        EXPECT_TRUE(task.ok());
        return task.value();
    }
    Task load(const Task& task) {
        return catalog_.find_task(ProjectId(1), task.id).value().value_or(Task{});
    }

    const SourceKey key_{ProjectId(1), BranchId(123), SourceId("my-source")};
    fakes::Log log_;
    fakes::MemoryCatalog catalog_{log_};
    fakes::MemoryFileCatalog lifecycle_;
    fakes::ManualJournal journal_{log_};
    fakes::MemoryTarget target_{log_};
    lifecycle::Targets targets_{{{kDefaultTarget, &target_}}};
    fakes::ManualRoutes routes_{log_};
    fakes::ManualExecutor strand_;
    test::ManualClock clock_{WallTime{1'767'323'045'678}};  // 2026-01-02T03:04:05.678Z
    sim::SimRng rng_{1};
    RandomText random_{rng_};
    Events events_;
    pipeline::SinkCounterSet counters_;
    const SettingOverrides node_;
    RouteBuilder builder_{{}, node_, counters_};
    EditContext edits_{.catalog = catalog_,
                       .targets = targets_,
                       .random = random_,
                       .limits = {},
                       .definitions = {},
                       .routes = builder_,
                       .node = node_};
    accounts::Drain drain_{lifecycle_, journal_, strand_, clock_};
    TaskRunner tasks_{catalog_, strand_, clock_, random_, events_};
    Changes changes_{{.edits = edits_,
                      .journal = journal_,
                      .routes = routes_,
                      .drain = drain_,
                      .tasks = tasks_,
                      .strand = strand_,
                      .clock = clock_,
                      .events = events_}};
};

TEST_F(ChangesTest, IsDoneWhenEveryLoopServesItAndTheFilesAreClosed) {
    const auto task = start([this](EditContext&) { return effect(); });
    EXPECT_FALSE(changes_.are_under_way());
    strand_.run();
    EXPECT_TRUE(changes_.are_under_way());
    EXPECT_EQ(journal_.close_all(), 0) << "no file before every loop serves the route";

    routes_.serve_all();
    EXPECT_TRUE(changes_.are_under_way());
    journal_.close_all();
    EXPECT_FALSE(changes_.are_under_way());
    strand_.run();
    EXPECT_EQ(load(task).status, TaskStatus::success);
}

TEST_F(ChangesTest, AnEditWithoutEffectIsDoneAtOnce) {
    const auto task = start([](EditContext&) { return std::optional<Effect>(); });
    strand_.run();
    EXPECT_EQ(load(task).result, "Made.");
    EXPECT_EQ(routes_.serve_all(), 0);
}

// Goal    a table that an import has locked holds up neither the change nor others.
// Method  an edit that is unavailable twice; what it says of the try before is forgotten.
TEST_F(ChangesTest, ALockedTableIsTriedAgainAndTextsOfFailedTriesAreForgotten) {
    int tries = 0;
    const auto task = start([&](EditContext& context) -> Edited {
        context.task->result += " Try.";
        if (++tries < 3) return Error(Code::unavailable, "locked");
        return std::optional<Effect>();
    });
    for (int turn = 0; turn < 3; ++turn) {
        strand_.run();
        clock_.advance(Milliseconds(200));
        strand_.wake();
    }
    EXPECT_EQ(tries, 3);
    EXPECT_EQ(load(task).result, "Made. Try.");
}

TEST_F(ChangesTest, AfterFiveSecondsALockedTableIsAFailure) {
    int tries = 0;
    const auto task = start([&](EditContext&) -> Edited {
        ++tries;
        return Error(Code::unavailable, "locked");
    });
    for (int turn = 0; turn < 40; ++turn) {
        strand_.run();
        clock_.advance(Milliseconds(200));
        strand_.wake();
    }
    EXPECT_EQ(tries, 26);
    EXPECT_EQ(load(task).status, TaskStatus::error);
    EXPECT_FALSE(changes_.are_under_way());
}

}  // namespace
}  // namespace millrace::definitions
