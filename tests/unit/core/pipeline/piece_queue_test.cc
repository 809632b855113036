#include "core/pipeline/piece_queue.h"

#include <gmock/gmock.h>

#include <memory>
#include <new>
#include <string>

#include "tests/support/source_routes.h"

namespace millrace::pipeline {
namespace {

class PieceQueueTest : public testing::Test {
protected:
    // Of so many steps, each of which takes a piece.
    void add(const std::string& source, char name, int steps) {
        queue_.add({.project = ProjectId(1), .source = SourceId(source)},
                   [this, name, left = std::make_shared<int>(steps)] {
                       done_.push_back(name);
                       return --*left == 0;
                   });
    }
    void run_all() {
        while (asked_ > 0) {
            --asked_;
            queue_.run();
        }
    }

    test::RunningClock clock_;
    std::string done_;
    int asked_ = 0;
    bool is_short_of_memory_ = false;
    PieceQueue queue_{{.clock = clock_,
                       .run_later = [this] { ++asked_; },
                       .is_short_of_memory = [this] { return is_short_of_memory_; }}};
};

TEST_F(PieceQueueTest, SourcesTakeTurnsAndRequestsOfASourceComeInOrder) {
    clock_.step = kPieceTime;
    add("x", 'a', 3);
    add("x", 'b', 1);
    add("y", 'c', 2);
    EXPECT_EQ(asked_, 1);
    run_all();
    EXPECT_EQ(done_, "acacab");
    add("x", 'd', 1);
    run_all();
    EXPECT_EQ(done_, "acacabd");
}

// Else it would be passed over whenever the one before it ends.
TEST_F(PieceQueueTest, ASourceBehindOneThatEndsHasItsTurn) {
    clock_.step = kPieceTime;
    add("x", 'a', 1);
    add("y", 'b', 2);
    add("z", 'c', 2);
    run_all();
    EXPECT_EQ(done_, "abcbc");
}

TEST_F(PieceQueueTest, APieceHasAsManyStepsAsThereIsTimeFor) {
    clock_.stand_still();
    add("x", 'a', 3);
    add("x", 'b', 1);
    queue_.run();
    EXPECT_EQ(done_, "aaab");
}

TEST_F(PieceQueueTest, TheOldestRequestIsDoneFirstWhileMemoryIsShort) {
    clock_.step = kPieceTime;
    add("x", 'a', 3);
    add("y", 'b', 2);
    queue_.run();
    is_short_of_memory_ = true;
    run_all();
    EXPECT_EQ(done_, "aaabb");
}

TEST_F(PieceQueueTest, TheFirstStepsAreTakenAtOnce) {
    clock_.stand_still();
    int steps = 0;
    const auto step = [&]() -> Result<bool> { return ++steps == 3; };
    EXPECT_TRUE(queue_.begin(step).value());
    EXPECT_EQ(steps, 3);

    clock_.step = kPieceTime;
    steps = 0;
    EXPECT_FALSE(queue_.begin(step).value());
    EXPECT_EQ(steps, 1);

    clock_.step = {};
    add("x", 'a', 1);
    steps = 0;
    EXPECT_FALSE(queue_.begin(step).value()) << "others wait";
    EXPECT_EQ(steps, 1);
}

// Goal    a step that throws, as without memory, ends its own job only.
TEST_F(PieceQueueTest, AStepThatThrowsHoldsUpNoOtherJob) {
    clock_.stand_still();
    queue_.add({.project = ProjectId(1), .source = SourceId("x")},
               []() -> bool { throw std::bad_alloc(); });
    add("x", 'a', 1);
    add("y", 'b', 1);
    --asked_;
    EXPECT_THROW(queue_.run(), std::bad_alloc);
    EXPECT_EQ(asked_, 1) << "nobody does the others";
    run_all();
    EXPECT_EQ(done_, "ab");
    EXPECT_EQ(asked_, 0);
}

TEST_F(PieceQueueTest, ARunThatCouldNotBeAskedForIsAskedForAgain) {
    bool has_memory = false;
    int asked = 0;
    PieceQueue queue({.clock = clock_,
                      .run_later =
                          [&] {
                              if (!has_memory) throw std::bad_alloc();
                              ++asked;
                          },
                      .is_short_of_memory = [] { return false; }});
    EXPECT_THROW(queue.add(shop(), [] { return true; }), std::bad_alloc);
    has_memory = true;
    queue.wake();
    queue.wake();
    EXPECT_EQ(asked, 1);
}

TEST_F(PieceQueueTest, AStepMayClearTheQueue) {
    queue_.add({.project = ProjectId(1), .source = SourceId("x")}, [this] {
        queue_.clear();
        return true;
    });
    run_all();
    EXPECT_EQ(asked_, 0);
}

}  // namespace
}  // namespace millrace::pipeline
