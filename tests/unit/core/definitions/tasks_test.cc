#include "core/definitions/tasks.h"

#include <gtest/gtest.h>

#include <optional>
#include <stdexcept>

#include "core/ports/disk.h"
#include "tests/sim/sim_rng.h"
#include "tests/support/clocks.h"
#include "tests/support/manual_ports.h"
#include "tests/support/memory_catalog.h"

namespace millrace::definitions {
namespace {

class TasksTest : public testing::Test {
protected:
    Task start(TaskRunner::Work work) {
        auto task = runner_.start({.operation = "create.sink",
                                   .source = key_,
                                   .sink = SinkId("my-sink"),
                                   .success_text = "Made."},
                                  std::move(work));
        EXPECT_TRUE(task.ok());
        return task.value();
    }
    Task load(const std::string& id) {
        const auto found = catalog_.find_task(ProjectId(1), id);
        return found.value().value_or(Task{});
    }

    const SourceKey key_{ProjectId(1), BranchId(123), SourceId("my-source")};
    fakes::Log log_;
    fakes::MemoryCatalog catalog_{log_};
    fakes::ManualExecutor strand_;
    test::ManualClock clock_{WallTime{1'767'323'045'678}};  // 2026-01-02T03:04:05.678Z
    sim::SimRng rng_{1};
    RandomText random_{rng_};
    Events events_;
    TaskRunner runner_{catalog_, strand_, clock_, random_, events_};
};

TEST_F(TasksTest, IsSavedBeforeItsWorkBegins) {
    bool began = false;
    const auto task = start([&](const auto&, const TaskRunner::Done& done) {
        began = true;
        done({});
    });
    EXPECT_TRUE(
        task.id.starts_with("api.create.sink/123/my-source/my-sink/2026-01-02T03:04:05.678Z_"));
    EXPECT_EQ(task.id.size(),
              std::string("api.create.sink/123/my-source/my-sink/").size() + 24 + 6);
    EXPECT_EQ(load(task.id).status, TaskStatus::processing);
    EXPECT_FALSE(began);

    clock_.advance(Milliseconds(42));
    strand_.run();
    const auto finished = load(task.id);
    EXPECT_EQ(finished.status, TaskStatus::success);
    EXPECT_EQ(finished.result, "Made.");
    EXPECT_EQ(*finished.finished_at - finished.created_at, Milliseconds(42));
}

// Goal    where a disk is full the task says what helps, and so does the answer to who waits.
TEST_F(TasksTest, AFullDiskIsToldWithItsRemedy) {
    std::optional<Error> told;
    events_.task_failed = [&](const TaskFailed& event) { told = event.error; };
    for (const auto code : {Code::unavailable, Code::unknown_outcome}) {
        const auto task = start([&](const auto&, const TaskRunner::Done& done) {
            done(Error(code, "write /x: No space left on device").named(kNoSpace).in("sink 7"));
        });
        strand_.run();
        const auto text = load(task.id).error;
        EXPECT_TRUE(text.starts_with("A disk of the service is full. Make room on it")) << text;
        EXPECT_EQ(text.find("see whether the change was made") != std::string::npos,
                  code == Code::unknown_outcome);
        ASSERT_TRUE(told);
        EXPECT_EQ(told->name(), "stream.api.diskFull");
        EXPECT_TRUE(told->operator_text().starts_with("sink 7: write /x: No space left on device"))
            << told->operator_text();
    }
}

TEST_F(TasksTest, ShowsTheReasonOfAFailure) {
    const struct {
        Error error;
        const char* text;
    } cases[] = {
        {Error(Code::conflict, "table has other columns"), "Table has other columns."},
        {Error(Code::unavailable, "database is locked").in("import file 7"), "Database is locked."},
        {Error(Code::internal, "bug"), "Unknown error"},
    };
    for (const auto& test : cases) {
        const auto task =
            start([&](const auto&, const TaskRunner::Done& done) { done(test.error); });
        strand_.run();
        EXPECT_EQ(load(task.id).status, TaskStatus::error);
        EXPECT_EQ(load(task.id).error, test.text);
    }
}

TEST_F(TasksTest, AThrowingWorkEndsInAnError) {
    const auto task =
        start([](const auto&, const TaskRunner::Done&) { throw std::runtime_error("boom"); });
    strand_.run();
    EXPECT_EQ(load(task.id).status, TaskStatus::error);
    EXPECT_EQ(load(task.id).error, "Unknown error");
}

TEST_F(TasksTest, AResultThatCannotBeSavedIsSavedLater) {
    const auto task = start([](const auto&, const TaskRunner::Done& done) { done({}); });
    catalog_.failing_task_saves = 2;
    strand_.run();
    EXPECT_EQ(load(task.id).status, TaskStatus::processing);
    for (int i = 0; i < 2; ++i) {
        strand_.wake();
        strand_.run();
    }
    EXPECT_EQ(load(task.id).status, TaskStatus::success);
}

TEST_F(TasksTest, RecoveryEndsWhatAStoppedProcessLeft) {
    const auto task = start([](const auto&, const TaskRunner::Done&) {});
    ASSERT_TRUE(runner_.recover().ok());
    EXPECT_EQ(load(task.id).status, TaskStatus::error);
    EXPECT_EQ(load(task.id).error,
              "Interrupted by a restart of the service; check the entity and repeat the request.");
}

// Goal    a task whose edit was saved before the process stopped ends as the edit said, and not
//         before what follows from the edit has happened again.
TEST_F(TasksTest, RecoveryEndsWhatWasSavedWhenItIsInEffect) {
    const auto made = start([&](const auto& mark, const TaskRunner::Done&) {
        DefinitionEdit edit;
        edit.task = *mark;
        ASSERT_TRUE(catalog_.save(edit).ok());
    });
    const auto half = start([&](const auto& mark, const TaskRunner::Done&) {
        mark->error = "The rest was not done.";
        DefinitionEdit edit;
        edit.task = *mark;
        ASSERT_TRUE(catalog_.save(edit).ok());
    });
    strand_.run();
    auto saved = runner_.recover();
    ASSERT_TRUE(saved.ok());
    EXPECT_EQ(saved.value().size(), 2U);
    EXPECT_EQ(load(made.id).status, TaskStatus::processing);

    runner_.end_saved(saved.value());
    strand_.run();
    EXPECT_EQ(load(made.id).status, TaskStatus::success);
    EXPECT_EQ(load(made.id).result, "Made.");
    EXPECT_TRUE(load(made.id).finished_at.has_value());
    EXPECT_EQ(load(half.id).status, TaskStatus::error);
    EXPECT_EQ(load(half.id).error, "The rest was not done.");
    EXPECT_EQ(load(half.id).result, "Made.") << "the edit was made";
}

TEST_F(TasksTest, AreForgottenAfterAnHourOrAfterTwoDays) {
    const auto good = start([](const auto&, const TaskRunner::Done& done) { done({}); });
    const auto bad =
        start([](const auto&, const TaskRunner::Done& done) { done(Error(Code::invalid, "x")); });
    const auto running = start([](const auto&, const TaskRunner::Done&) {});
    strand_.run();
    const auto clean_after = [&](Milliseconds span) {
        clock_.set_ahead(std::chrono::hours(1000));  // which means nothing
        ASSERT_TRUE(runner_.clean_tasks(clock_.age() + span).ok());
    };
    clean_after(std::chrono::hours(1));
    EXPECT_FALSE(load(good.id).id.empty());
    clean_after(std::chrono::hours(1) + Milliseconds(1));
    EXPECT_TRUE(load(good.id).id.empty());
    EXPECT_FALSE(load(bad.id).id.empty());
    clean_after(std::chrono::hours(48) + Milliseconds(1));
    EXPECT_TRUE(load(bad.id).id.empty());
    EXPECT_FALSE(load(running.id).id.empty());
}

}  // namespace
}  // namespace millrace::definitions
