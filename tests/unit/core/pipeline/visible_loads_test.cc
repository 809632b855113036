#include "core/pipeline/visible_loads.h"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <vector>

#include "tests/support/clocks.h"
#include "tests/support/manual_executor.h"

namespace millrace::pipeline {
namespace {

using std::chrono::seconds;

FileId file_id(std::uint8_t number) {
    Uuid uuid;
    uuid.bytes.back() = number;
    return FileId(uuid);
}

Load committed(FileId file) {
    Load load;
    load.state = LoadState::committed;
    load.file = file;
    return load;
}

class VisibleLoadsTest : public testing::Test {
protected:
    VisibleLoads::Done into(std::optional<bool>& outcome) {
        return [&outcome](bool visible) { outcome = visible; };
    }

    test::ManualClock clock_;
    test::ManualExecutor executor_{clock_};
    bool is_imported_ = false;
    int looks_ = 0;
    VisibleLoads loads_{{.is_imported = [this](const Load&) { return is_imported_; },
                         .executor = executor_,
                         .clock = clock_,
                         .look_for_work = [this] { ++looks_; }}};
};

TEST_F(VisibleLoadsTest, LoadWithoutRowsIsVisibleAtOnce) {
    std::optional<bool> outcome;
    loads_.wait(Load(), seconds(1), into(outcome));
    EXPECT_EQ(outcome, true);
}

TEST_F(VisibleLoadsTest, AWaitHasTheLifecycleLookAndIsToldOfItsFileOnly) {
    std::optional<bool> first;
    std::optional<bool> second;
    loads_.wait(committed(file_id(1)), seconds(1), into(first));
    loads_.wait(committed(file_id(2)), seconds(1), into(second));
    EXPECT_EQ(looks_, 2);
    loads_.imported(file_id(2));
    EXPECT_EQ(second, true);
    EXPECT_EQ(first, std::nullopt);
}

TEST_F(VisibleLoadsTest, FileThatWasImportedBeforeTheWaitIsVisible) {
    is_imported_ = true;
    std::optional<bool> outcome;
    loads_.wait(committed(file_id(1)), seconds(1), into(outcome));
    EXPECT_EQ(outcome, true);
}

TEST_F(VisibleLoadsTest, WaitEndsWithItsTimeAndIsNotToldAgain) {
    int calls = 0;
    std::optional<bool> outcome;
    loads_.wait(committed(file_id(1)), seconds(1), [&](bool visible) {
        ++calls;
        outcome = visible;
    });
    clock_.advance(Milliseconds(900));
    executor_.run_ready();
    EXPECT_EQ(outcome, std::nullopt);
    clock_.advance(Milliseconds(200));
    executor_.run_ready();
    EXPECT_EQ(outcome, false);
    loads_.imported(file_id(1));
    EXPECT_EQ(calls, 1);
    EXPECT_EQ(executor_.pending(), 0U);  // nobody waits: nothing looks
}

// Goal    a commit that somebody has heard of is never taken back.
TEST_F(VisibleLoadsTest, ARefusedLoadIsAbortedOnlyIfAllWhoWaitLetIt) {
    using enum VisibleLoads::IfRefused;
    struct Case {
        std::vector<VisibleLoads::IfRefused> waits;
        bool aborts = false;
    };
    const std::vector<Case> cases = {{{}, false},
                                     {{is_aborted}, true},
                                     {{is_aborted, is_aborted}, true},
                                     {{stays_committed}, false},
                                     {{is_aborted, stays_committed}, false},
                                     {{is_aborted, as_others}, true},
                                     {{as_others}, false},
                                     {{as_others, stays_committed}, false}};
    for (const auto& [waits, aborts] : cases) {
        int told = 0;
        for (const auto wait : waits) {
            loads_.wait(
                committed(file_id(1)), seconds(1),
                [&](bool visible) {
                    EXPECT_EQ(visible, !aborts);
                    ++told;
                },
                wait);
        }
        bool was_asked = false;
        EXPECT_EQ(loads_.refused(file_id(1),
                                 [&] {
                                     EXPECT_EQ(told, 0)
                                         << "nobody hears of it before it is aborted";
                                     return was_asked = true;
                                 }),
                  aborts);
        EXPECT_EQ(was_asked, aborts);
        loads_.imported(file_id(1));
        EXPECT_EQ(told, static_cast<int>(waits.size()));
    }
}

TEST_F(VisibleLoadsTest, ALoadThatCannotBeAbortedNowStaysCommitted) {
    std::optional<bool> outcome;
    loads_.wait(committed(file_id(1)), seconds(1), into(outcome),
                VisibleLoads::IfRefused::is_aborted);
    EXPECT_FALSE(loads_.refused(file_id(1), [] { return false; }));
    EXPECT_EQ(outcome, false);
}

TEST_F(VisibleLoadsTest, NobodyWaitsForAFileThatIsSetAside) {
    std::optional<bool> first;
    std::optional<bool> other;
    loads_.wait(committed(file_id(1)), seconds(1), into(first));
    loads_.wait(committed(file_id(2)), seconds(1), into(other));
    loads_.set_aside(file_id(1));
    EXPECT_EQ(first, false);
    EXPECT_EQ(other, std::nullopt);
}

TEST_F(VisibleLoadsTest, AStopEndsWaitsThatHaveBegunAndThoseToCome) {
    std::optional<bool> first;
    std::optional<bool> second;
    loads_.wait(committed(file_id(1)), seconds(60), into(first));
    loads_.end_by(clock_.steady() + Milliseconds(500));
    clock_.advance(Milliseconds(400));
    executor_.run_ready();
    EXPECT_EQ(first, std::nullopt);
    clock_.advance(Milliseconds(200));
    executor_.run_ready();
    EXPECT_EQ(first, false);
    loads_.wait(committed(file_id(2)), seconds(60), into(second));
    clock_.advance(Milliseconds(200));
    executor_.run_ready();
    EXPECT_EQ(second, false);
}

TEST_F(VisibleLoadsTest, TwoWaitsForOneFileAreBothTold) {
    std::optional<bool> first;
    std::optional<bool> second;
    loads_.wait(committed(file_id(1)), seconds(1), into(first));
    loads_.wait(committed(file_id(1)), seconds(1), into(second));
    loads_.imported(file_id(1));
    EXPECT_EQ(first, true);
    EXPECT_EQ(second, true);
}

}  // namespace
}  // namespace millrace::pipeline
