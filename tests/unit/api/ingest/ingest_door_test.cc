// Goal    what a loop turn hands to the journal, and when who is answered.

#include <gmock/gmock.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/unit/api/ingest/door_fixture.h"

namespace millrace::ingest {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

TEST_F(DoorTest, ATurnIsOneBatchAndAsksForTheDiskOnce) {
    take("a", one_);
    take("b", two_);
    EXPECT_TRUE(journal_.batches.empty());
    run_posted();
    EXPECT_THAT(journal_.csv(), ElementsAre("\"a\"\n\"b\"\n"));
    EXPECT_EQ(journal_.batches[0].groups.size(), 1U);
    EXPECT_EQ(journal_.batches[0].arrived_at, clock_.wall());
    EXPECT_EQ(asked_, 1);
    take("c", three_);
    run_posted();
    EXPECT_EQ(journal_.batches.size(), 2U);
    EXPECT_EQ(asked_, 2);
}

TEST_F(DoorTest, AnAdmissionHoldsUntilARouteChanges) {
    const auto admission = intake_.admit(ProjectId(1), "shop", kSecret).value();
    EXPECT_TRUE(intake_.is_current(admission));
    serve(nullptr);
    EXPECT_FALSE(intake_.is_current(admission));
    EXPECT_FALSE(intake_.is_current(pipeline::Admission{}));
}

TEST_F(DoorTest, ATurnGoesOnWhilePollsBringRequests) {
    take("a", one_);
    run_one_posted();  // a poll later
    take("b", two_);
    run_one_posted();
    EXPECT_TRUE(journal_.batches.empty());
    run_one_posted();
    EXPECT_THAT(journal_.csv(), ElementsAre("\"a\"\n\"b\"\n"));
    EXPECT_TRUE(posted_.empty());
}

TEST_F(DoorTest, ATurnEndsAfterFourPollsAtTheLatest) {
    std::vector<RecordingRequester> requesters(5);
    for (int poll = 0; poll < 4; ++poll) {
        EXPECT_TRUE(journal_.batches.empty());
        take("x", requesters[static_cast<std::size_t>(poll)]);
        run_one_posted();
    }
    EXPECT_EQ(journal_.batches.size(), 1U);
    take("y", requesters.back());  // the next turn is a new one
    run_posted();
    EXPECT_THAT(journal_.csv(), ElementsAre("\"x\"\n\"x\"\n\"x\"\n\"x\"\n", "\"y\"\n"));
}

TEST_F(DoorTest, AnswersOnTheLoopWhenItsBatchIsDurable) {
    take("a", one_);
    run_posted();
    take("b", two_);
    run_posted();
    journal_.batches[1].done({});  // batches may complete in any order
    EXPECT_TRUE(two_.statuses.empty()) << "answered on the journal's thread";
    run_posted();
    EXPECT_TRUE(one_.statuses.empty());
    EXPECT_THAT(two_.statuses, ElementsAre(200));
    journal_.batches[0].done(Error(Code::unknown_outcome, "fsync"));
    run_posted();
    EXPECT_THAT(one_.statuses, ElementsAre(503));
    EXPECT_THAT(one_.body, HasSubstr("stream.in.unknownOutcome"));
}

// Goal    a request is answered at the level it asks for, whatever the sink says, and not before.
// Method  three requests in one batch; go through the stages of the journal by hand.
TEST_F(DoorTest, EachRequestIsAnsweredAtTheLevelItAsksFor) {
    post_acked("disk", one_);
    post_acked("cache", two_);
    post_acked("memory", three_);
    run_posted();
    ASSERT_EQ(journal_.batches.size(), 1U);
    EXPECT_THAT(three_.statuses, ElementsAre(202));
    EXPECT_THAT(two_.statuses, IsEmpty());

    journal_.batches[0].written();
    run_posted();
    EXPECT_THAT(two_.statuses, ElementsAre(202));
    EXPECT_THAT(one_.statuses, IsEmpty());

    journal_.batches[0].done({});
    run_posted();
    EXPECT_THAT(one_.statuses, ElementsAre(200));
    EXPECT_THAT(two_.statuses, ElementsAre(202)) << "answered twice";
    EXPECT_THAT(one_.ok_headers, StartsWith("Ack: disk\r\nReceipt: "));
    EXPECT_THAT(two_.ok_headers, StartsWith("Ack: cache\r\nReceipt: "));
    EXPECT_THAT(three_.ok_headers, StartsWith("Ack: memory\r\nReceipt: "));
}

TEST_F(DoorTest, WithoutBeingAskedTheLevelIsThatOfTheSink) {
    take("a", one_);
    run_posted();
    journal_.batches[0].done({});
    run_posted();
    EXPECT_THAT(one_.ok_headers, StartsWith("Ack: disk\r\n"));
    serve(false, 2);
    take("b", two_);
    run_posted();
    EXPECT_THAT(two_.statuses, ElementsAre(202));
    EXPECT_THAT(two_.ok_headers, StartsWith("Ack: memory\r\n"));
    post_acked("disk", three_);
    run_posted();
    EXPECT_THAT(three_.statuses, IsEmpty());
    journal_.batches.back().done({});
    run_posted();
    EXPECT_THAT(three_.statuses, ElementsAre(200));
}

TEST_F(DoorTest, AFrameThatIsNotWrittenFailsWhoWaitsForThePageCacheToo) {
    post_acked("cache", one_);
    run_posted();
    journal_.batches[0].done(Error(Code::unavailable, "no room"));
    run_posted();
    EXPECT_THAT(one_.statuses, ElementsAre(503));
}

// Goal    where there is no memory to hand a batch over, its requests are answered, and the next
//         one is served.
TEST_F(DoorTest, AHandOverThatThrowsAnswersItsRequests) {
    take("a", one_);
    post_keyed("k", "{}", two_);
    journal_.throws = true;
    EXPECT_THROW(run_posted(), std::bad_alloc);
    EXPECT_THAT(one_.statuses, ElementsAre(500));
    EXPECT_THAT(two_.statuses, ElementsAre(500));
    EXPECT_EQ(window_.totals().bytes, 0U) << "the key is free again";
    journal_.throws = false;
    take("b", three_);
    run_posted();
    complete();
    EXPECT_THAT(three_.statuses, ElementsAre(200));
    EXPECT_THAT(journal_.csv(), ElementsAre("\"b\"\n"));
    EXPECT_EQ(counters_.failed.value(), 2U);
}

// Goal    a record that cannot be mapped for want of memory leaves no row of another sink behind.
TEST_F(DoorTest, AMappingThatThrowsLeavesNothingInTheBatch) {
    serve(make_route(
        {{.id = "a", .columns = {body_column()}}, {.id = "b", .columns = {uuid_column()}}}));
    take("a", one_);
    rng_.throws = true;
    EXPECT_THROW(take("b", two_), std::bad_alloc);
    EXPECT_THAT(two_.statuses, ElementsAre(500));
    rng_.throws = false;
    run_posted();
    ASSERT_EQ(journal_.batches.size(), 1U);
    EXPECT_EQ(journal_.batches[0].csv.find("\"b\""), std::string::npos);
    complete();
    EXPECT_THAT(one_.statuses, ElementsAre(200));
}

TEST_F(DoorTest, AnUnknownLevelIsRefused) {
    post_acked("tape", one_);
    EXPECT_THAT(one_.statuses, ElementsAre(400));
    EXPECT_THAT(one_.body, HasSubstr("Ack must be disk, cache or memory."));
}

TEST_F(DoorTest, TheReportSaysTheLevelThatWasAskedFor) {
    post_acked("memory", one_, true);
    run_posted();
    EXPECT_THAT(one_.statuses, ElementsAre(202));
    EXPECT_THAT(one_.body, HasSubstr("\"message\": \"accepted\""));
}

TEST_F(DoorTest, AReceiptNamesTheBatchAndTheSinks) {
    take("a", one_);
    run_posted();
    journal_.batches[0].done({});
    run_posted();
    const auto text = one_.ok_headers.substr(one_.ok_headers.find("Receipt: ") + 9);
    const auto receipt = decode_receipt(std::string_view(text).substr(0, text.size() - 2));
    ASSERT_TRUE(receipt);
    EXPECT_EQ(receipt->ack, Ack::disk);
    EXPECT_EQ(receipt->volume, VolumeId("default"));
    EXPECT_EQ(receipt->batch, BatchNumber(1));
    ASSERT_EQ(receipt->sinks.size(), 1U);
    EXPECT_TRUE(receipt->sinks[0].has_rows);
    EXPECT_FALSE(receipt->sinks[0].has_refused);
}

TEST_F(DoorTest, WithoutSyncTheAnswerFollowsTheHandOverAndComesOnce) {
    serve(false);
    take("a", one_);
    EXPECT_TRUE(one_.statuses.empty());
    run_posted();
    EXPECT_THAT(one_.statuses, ElementsAre(202));
    journal_.batches[0].done(Error(Code::unavailable, "disk"));
    run_posted();
    EXPECT_THAT(one_.statuses, ElementsAre(202));
}

TEST_F(DoorTest, ARefusedBatchAnswersEveryRequestOnce) {
    take("a", one_);
    serve(false);  // flushes
    take("b", two_);
    journal_.refusal = Error(Code::overloaded, "queue");
    run_posted();
    EXPECT_TRUE(one_.statuses.empty());
    EXPECT_THAT(two_.statuses, ElementsAre(503));
    EXPECT_THAT(two_.body, HasSubstr("stream.in.volumeBusy"));
    EXPECT_EQ(journal_.batches.size(), 1U);
}

TEST_F(DoorTest, RowsThatDoNotFitBeginTheNextBatch) {
    const std::string row(57, 'x');  // 60 bytes of CSV; a batch takes 100
    take(row, one_);
    take(row, two_);
    EXPECT_EQ(journal_.batches.size(), 1U);
    run_posted();
    ASSERT_EQ(journal_.batches.size(), 2U);
    EXPECT_EQ(journal_.batches[0].csv, journal_.batches[1].csv);
    journal_.batches[1].done({});
    run_posted();
    EXPECT_TRUE(one_.statuses.empty());
    EXPECT_THAT(two_.statuses, ElementsAre(200));
}

TEST_F(DoorTest, RowsThatFitNoBatchAreTooLargeAndHarmNobodyElse) {
    take("a", one_);
    take(std::string(98, 'x'), two_);
    EXPECT_THAT(two_.statuses, ElementsAre(413));
    EXPECT_THAT(two_.body, HasSubstr("stream.in.payloadTooLarge"));
    run_posted();
    EXPECT_THAT(journal_.csv(), ElementsAre("\"a\"\n"));
}

TEST_F(DoorTest, ARefusedHandOverInTheMiddleOfARequestAnswersLater) {
    const std::string row(57, 'x');
    take(row, one_);
    journal_.refusal = Error(Code::overloaded, "queue");
    take(row, two_);  // hands the first batch over
    EXPECT_TRUE(one_.statuses.empty()) << "answered below take() of another request";
    journal_.refusal.reset();
    run_posted();
    EXPECT_THAT(one_.statuses, ElementsAre(503));
    EXPECT_EQ(journal_.batches.size(), 1U);
}

TEST_F(DoorTest, AChangedRouteQueuesTheRowsOfTheOldOneAhead) {
    take("old", one_);
    serve(true, 2);
    ASSERT_EQ(journal_.batches.size(), 1U)
        << "rows were still here when the change was acknowledged";
    take("new", two_);
    run_posted();
    ASSERT_EQ(journal_.batches.size(), 2U);
    EXPECT_EQ(journal_.batches[0].groups[0].sink.mapping.value, 1U);
    EXPECT_EQ(journal_.batches[1].groups[0].sink.mapping.value, 2U);
}

TEST_F(DoorTest, NobodyIsAnsweredAfterAbandon) {
    take("a", one_);
    run_posted();
    take("b", two_);
    run_posted();
    journal_.batches[0].done({});  // posted, not yet run
    intake_.abandon();
    journal_.batches[1].done({});
    run_posted();
    EXPECT_TRUE(one_.statuses.empty());
    EXPECT_TRUE(two_.statuses.empty());
}

TEST_F(DoorTest, ARetiredSecretOpensTheSourceUntilItsTime) {
    const std::string old(48, 'o');
    const auto retire_until = [&](WallTime until) {
        serve(make_route({}, true, 1, {}, RetiredSecret{.secret = Secret(old), .until = until}));
    };
    EXPECT_FALSE(opens(old));
    const auto now = clock_.wall();  // the clock stands still
    retire_until(now + Milliseconds(1));
    EXPECT_TRUE(opens(old));
    EXPECT_TRUE(opens(kSecret));
    EXPECT_FALSE(opens(std::string(48, 'x')));
    retire_until(now);
    EXPECT_FALSE(opens(old));
    EXPECT_TRUE(opens(kSecret));
}

TEST_F(DoorTest, AProbeIsAnsweredInTimeThoughTheDiskIsNot) {
    const auto begun = clock_.steady();
    probe(one_);
    intake_.tick(begun + std::chrono::seconds(1));
    EXPECT_THAT(one_.statuses, IsEmpty());
    intake_.tick(begun + std::chrono::seconds(10));
    EXPECT_THAT(one_.statuses, ElementsAre(503));
    EXPECT_THAT(one_.body, HasSubstr("stream.in.volumeStalled"));
    probe(two_);
    EXPECT_EQ(journal_.batches.size(), 1U) << "it waits for the same frame";
    complete();
    EXPECT_THAT(one_.statuses, ElementsAre(503));
    EXPECT_THAT(two_.statuses, ElementsAre(200));
    clock_.step = pipeline::Readiness::kFreshFor;
    probe(three_);
    EXPECT_EQ(journal_.batches.size(), 2U);
}

TEST_F(DoorTest, ManyProbesAreOneWriteInAWhile) {
    clock_.stand_still();
    probe(one_);
    complete(Error(Code::unavailable, "disk"));
    EXPECT_THAT(one_.statuses, ElementsAre(503));
    probe(two_);
    EXPECT_THAT(two_.statuses, ElementsAre(503)) << "the same answer, at once";
    EXPECT_EQ(two_.body, one_.body);
    EXPECT_EQ(journal_.batches.size(), 1U);
    clock_.step = pipeline::Readiness::kFreshFor;
    probe(three_);
    EXPECT_EQ(journal_.batches.size(), 2U);
    complete();
    EXPECT_THAT(three_.statuses, ElementsAre(200));
}

// The rate is that of the source, whoever sends, and a batch counts with all its records.
TEST_F(DoorTest, ASourceOverItsRateIsToldWhenToComeBack) {
    auto route = make_route({{.id = "a", .columns = {body_column()}}});
    const auto limited = std::make_shared<pipeline::SourceRoute>(pipeline::SourceRoute{
        .key = route->key,
        .secret = route->secret,
        .rates = std::make_shared<policy::SourceRates>(4, 0),
        .sinks = route->sinks,
        .mapper = mapping::SourceMapper::compile({{body_column()}}, {}).value()});
    serve(limited);
    RecordingRequester requester;
    std::string lines;
    for (int i = 0; i < 15; ++i) lines += "{}\n";
    post("lines", "", lines, requester);
    EXPECT_TRUE(requester.statuses.empty()) << "let in, and waits for the journal";

    RecordingRequester refused;
    take("x", refused);
    EXPECT_THAT(refused.statuses, ElementsAre(429));
    EXPECT_THAT(refused.body, HasSubstr("stream.in.rateLimited"));
    EXPECT_THAT(refused.reply_headers, HasSubstr("Retry-After: 3\r\n"));
    EXPECT_THAT(refused.reply_headers,
                HasSubstr("RateLimit-Limit: 4\r\nRateLimit-Remaining: 0\r\n"));
    EXPECT_EQ(counters_.rate_limited.value(), 1);
}

}  // namespace
}  // namespace millrace::ingest
