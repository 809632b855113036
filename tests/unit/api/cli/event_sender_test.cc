#include "api/cli/event_sender.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace::cli {
namespace {

using testing::ElementsAre;

TEST(EventSenderTest, CountsAreThoseOfTheReport) {
    const auto verdict = verdict_of({.status = 200,
                                     .body = R"({"statusCode": 200, "sources": [
        {"accepted": 7, "rejected": 0, "sinks": [{"sinkId": "a", "statusCode": 200}]}]})",
                                     .retry_after = {},
                                     .receipt = "r"});
    EXPECT_FALSE(verdict.is_refused());
    EXPECT_EQ(verdict.accepted, 7U);
    EXPECT_EQ(verdict.receipt, "r");
    EXPECT_THAT(verdict.problems, ElementsAre());
}

TEST(EventSenderTest, ARefusedBatchSaysWhichLinesAndWhetherAnythingIsStored) {
    const auto verdict = verdict_of({.status = 422,
                                     .body = R"({"statusCode": 422, "sources": [
        {"accepted": 0, "rejected": 3, "sinks": [
            {"sinkId": "a", "statusCode": 200, "accepted": 3},
            {"sinkId": "b", "statusCode": 422, "accepted": 0, "rejected": 3,
             "errors": [{"line": 2, "message": "Column x."}]}]}]})",
                                     .retry_after = {},
                                     .receipt = {}});
    EXPECT_TRUE(verdict.is_refused());
    EXPECT_FALSE(verdict.stored_nothing);
    EXPECT_EQ(verdict.refused, 3U);
    EXPECT_THAT(verdict.problems, ElementsAre(Problem{2, "sink b: Column x."}));
}

// Goal    of a body with several records nobody is told that one event is accepted.
TEST(EventSenderTest, WhatIsLeftOutOfAnAcceptedBodyIsCounted) {
    const auto verdict = verdict_of({.status = 200,
                                     .body = R"({"statusCode": 200, "sources": [
        {"accepted": 2, "rejected": 1, "sinks": [
            {"sinkId": "k", "statusCode": 200, "accepted": 2, "rejected": 1,
             "errors": [{"record": 2, "message": "Column n."}]}]}]})",
                                     .retry_after = {},
                                     .receipt = "r"});
    EXPECT_FALSE(verdict.is_refused());
    EXPECT_EQ(verdict.refused, 1U);
    EXPECT_EQ(summary_of(verdict), "2 events accepted, 1 refused, receipt r");
    EXPECT_THAT(verdict.problems, ElementsAre(Problem{0, "record 2: sink k: Column n."}));
}

TEST(EventSenderTest, ASummarySaysWhatBecameOfTheBody) {
    const Verdict one{.status = 200, .accepted = 1, .error = {}, .problems = {}, .receipt = "r"};
    EXPECT_EQ(summary_of(one), "1 event accepted, receipt r");
    auto again = one;
    again.receipt.clear();
    EXPECT_EQ(summary_of(again), "1 event accepted, as before with this key");
    again.has_sinks = false;
    EXPECT_EQ(summary_of(again), "1 event accepted and not stored: the source has no enabled sink");
    again = Verdict{.status = 200, .error = {}, .problems = {}, .receipt = {}};
    EXPECT_EQ(summary_of(again), "0 events accepted");
}

TEST(EventSenderTest, ARefusedRequestSaysItsMessage) {
    const auto verdict = verdict_of(
        {.status = 413,
         .body =
             R"({"statusCode": 413, "error": "stream.in.bodyTooLarge", "message": "Too large."})",
         .retry_after = {},
         .receipt = {}});
    EXPECT_TRUE(verdict.is_refused());
    EXPECT_TRUE(verdict.stored_nothing);
    EXPECT_THAT(verdict.problems,
                ElementsAre(Problem{0, "Too large. (413 stream.in.bodyTooLarge)"}));
}

TEST(EventSenderTest, ASourceWithoutSinksStoresNothing) {
    const auto verdict =
        verdict_of({.status = 200,
                    .body = R"({"statusCode": 200, "message": "No enabled sink found.",
                                "accepted": 3, "rejected": 0})",
                    .retry_after = {},
                    .receipt = {}});
    EXPECT_FALSE(verdict.is_refused());
    EXPECT_FALSE(verdict.has_sinks);
    EXPECT_EQ(verdict.accepted, 3U);
}

TEST(EventSenderTest, ASourceMayHaveAnAnswerOfItsOwn) {
    HttpReply reply{.status = 200, .body = "thanks", .retry_after = {}, .receipt = "r"};
    reply.ack = "disk";
    EXPECT_TRUE(verdict_of(reply).has_sinks);
    reply.ack = "none";
    EXPECT_FALSE(verdict_of(reply).has_sinks);
}

TEST(EventSenderTest, ARedirectIsARefusalThatSaysWhereItLeads) {
    HttpReply reply{.status = 308, .body = {}, .retry_after = {}};
    reply.location = "https://mill.example.com/stream/x";
    const auto verdict = verdict_of(reply);
    EXPECT_TRUE(verdict.is_refused());
    ASSERT_EQ(verdict.problems.size(), 1U);
    EXPECT_THAT(verdict.problems[0].text, testing::HasSubstr("https://mill.example.com/stream/x"));
}

TEST(EventSenderTest, OneEventHasNoCounts) {
    EXPECT_EQ(verdict_of({.status = 200, .body = "OK", .retry_after = {}, .receipt = {}}).accepted,
              1U);
    EXPECT_EQ(
        verdict_of({.status = 200,
                    .body = R"({"sources": [{"sinks": [{"sinkId": "a", "statusCode": 200}]}]})",
                    .retry_after = {},
                    .receipt = {}})
            .accepted,
        1U);
}

}  // namespace
}  // namespace millrace::cli
