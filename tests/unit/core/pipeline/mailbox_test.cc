// Goal    steps for a loop from other threads, which may come when the loop is gone.

#include "core/pipeline/mailbox.h"

#include <gmock/gmock.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace millrace::pipeline {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class MailboxTest : public testing::Test {
protected:
    void run_posted() {
        for (const auto& step : std::exchange(posted_, {})) step();
    }

    std::vector<std::function<void()>> posted_;
    std::vector<std::string> seen_;
    std::unique_ptr<Mailbox> mailbox_ = std::make_unique<Mailbox>(
        [this](std::function<void()> step) { posted_.push_back(std::move(step)); });
    const std::function<void(std::string)> tell_ =
        mailbox_->on_loop([this](const std::string& text) { seen_.push_back(text); });
};

TEST_F(MailboxTest, AStepIsRunOnTheLoopWithACopyOfWhatItWasCalledWith) {
    {
        const std::string text = "one";
        tell_(text);
    }
    tell_("two");
    EXPECT_THAT(seen_, IsEmpty());
    run_posted();
    EXPECT_THAT(seen_, ElementsAre("one", "two"));
}

TEST_F(MailboxTest, NothingIsPostedToALoopThatHasGone) {
    mailbox_.reset();
    tell_("late");
    EXPECT_THAT(posted_, IsEmpty());
}

TEST_F(MailboxTest, WhatWasPostedBeforeItClosedDoesNothing) {
    tell_("early");
    ASSERT_THAT(posted_, SizeIs(1));
    mailbox_->close();
    run_posted();
    EXPECT_THAT(seen_, IsEmpty());
}

}  // namespace
}  // namespace millrace::pipeline
