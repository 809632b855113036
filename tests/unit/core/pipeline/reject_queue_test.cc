#include "core/pipeline/reject_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/manual_executor.h"
#include "tests/support/memory_rejects.h"

namespace millrace::pipeline {
namespace {

using testing::ElementsAre;

class RejectQueueTest : public testing::Test {
protected:
    void submit(std::string body, std::uint64_t count_max = 100) {
        Reject reject;
        reject.body = std::move(body);
        RejectGroup group;
        group.items.push_back(
            {.reject = std::move(reject), .bounds = {.count = count_max, .bytes = 1000}});
        queue_.submit(std::move(group),
                      [this](RejectOutcome outcome) { outcomes_.push_back(outcome); });
    }

    testing_support::MemoryRejects store_;
    test::ManualClock clock_;
    test::ManualExecutor executor_{clock_};
    std::vector<std::string> failures_;
    RejectQueue queue_{
        store_, executor_, {.waiting_bytes_max = 10, .failed = [this](const Error& error) {
                                failures_.push_back(error.operator_text());
                            }}};
    std::vector<RejectOutcome> outcomes_;
};

TEST_F(RejectQueueTest, WhatGathersIsOneTransaction) {
    submit("a");
    submit("b", 1);
    submit("c");
    EXPECT_EQ(executor_.pending(), 1U);
    EXPECT_TRUE(outcomes_.empty()) << "never answered from submit()";
    executor_.run_ready();
    submit("d");
    executor_.run_ready();
    EXPECT_THAT(store_.transactions, ElementsAre(3, 1));
    EXPECT_THAT(outcomes_, ElementsAre(RejectOutcome::kept, RejectOutcome::full,
                                       RejectOutcome::kept, RejectOutcome::kept));
    EXPECT_EQ(queue_.counts().kept, 3U);
    EXPECT_EQ(queue_.counts().not_kept, 1U);
}

TEST_F(RejectQueueTest, AStoreThatFailsKeepsNothingAndSaysSo) {
    store_.failure = Error(Code::unavailable, "disk is gone");
    submit("a");
    submit("b");
    executor_.run_ready();
    EXPECT_THAT(outcomes_, ElementsAre(RejectOutcome::failed, RejectOutcome::failed));
    EXPECT_THAT(failures_, ElementsAre("disk is gone"));
    store_.failure.reset();
    submit("c");
    executor_.run_ready();
    EXPECT_EQ(outcomes_.back(), RejectOutcome::kept);
}

TEST_F(RejectQueueTest, MoreThanMayWaitIsNotKept) {
    submit("123456");
    submit("123456");
    executor_.run_ready();
    EXPECT_THAT(store_.transactions, ElementsAre(1));
    EXPECT_THAT(outcomes_,
                testing::UnorderedElementsAre(RejectOutcome::kept, RejectOutcome::failed));
    submit("a body that is larger than all that may wait");
    executor_.run_ready();
    EXPECT_EQ(outcomes_.back(), RejectOutcome::kept) << "alone it may";
}

}  // namespace
}  // namespace millrace::pipeline
