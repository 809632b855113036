// Goal    requests with an idempotency key.

#include <gmock/gmock.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/unit/api/ingest/door_fixture.h"

namespace millrace::ingest {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class DoorKeysTest : public DoorTest {};

TEST_F(DoorKeysTest, AKeyedRequestIsWrittenOnceAndAnsweredAgain) {
    post_keyed("k", "{}", one_, true);
    run_posted();
    post_keyed("k", "{}", two_);
    EXPECT_THAT(two_.statuses, ElementsAre(409));
    EXPECT_THAT(two_.body, HasSubstr("stream.in.keyInFlight"));
    EXPECT_EQ(two_.reply_headers, "Retry-After: 1\r\n");
    EXPECT_TRUE(one_.statuses.empty());
    ASSERT_EQ(journal_.batches.size(), 1U);
    ASSERT_EQ(journal_.batches[0].answers.size(), 1U);
    const auto& kept = journal_.batches[0].answers[0];
    EXPECT_EQ(kept.expires_at, clock_.age() + std::chrono::hours(24));

    complete();
    EXPECT_THAT(one_.statuses, ElementsAre(200));
    EXPECT_THAT(kept.outcome, testing::EndsWith(one_.body));
    post_keyed("\"k\"", "{}", three_);
    EXPECT_THAT(three_.statuses, ElementsAre(200));
    EXPECT_EQ(three_.body, one_.body);
    EXPECT_EQ(three_.reply_headers, "Ack: disk\r\nIdempotency-Replayed: true\r\n");
    post_keyed("k", "{ }", two_);
    EXPECT_THAT(two_.statuses, ElementsAre(409, 422));
    EXPECT_THAT(two_.body, HasSubstr("stream.in.keyReused"));
    run_posted();
    EXPECT_EQ(journal_.batches.size(), 1U);
    EXPECT_EQ(counters_.accepted.value(), 1U);
    EXPECT_EQ(counters_.duplicate.value(), 1U);
    EXPECT_EQ(counts_of("a"), (pipeline::SinkCounts{.received = 2, .refused = 0, .duplicate = 1}));
}

// Goal    while a volume that may know a key is away only known keys are answered, and nothing is
//         written; without a key, records are taken.
TEST_F(DoorKeysTest, AKeyThatAVolumeMayKnowIsNotNew) {
    post_keyed("known", "{}", one_);
    run_posted();
    complete();
    for (const auto& [place, seconds] :
         {std::pair(pipeline::KeyPlace::away, "30"), std::pair(pipeline::KeyPlace::unknown, "1")}) {
        key_homes_.place = place;
        post_keyed("new", "{}", two_);
        EXPECT_EQ(two_.statuses.back(), 503);
        EXPECT_THAT(two_.body, HasSubstr("stream.in.keysUnavailable"));
        EXPECT_EQ(two_.reply_headers, "Retry-After: " + std::string(seconds) + "\r\n");
        post_keyed("known", "{}", three_);
        EXPECT_EQ(three_.reply_headers, "Ack: disk\r\nIdempotency-Replayed: true\r\n");
        run_posted();
        EXPECT_EQ(journal_.batches.size(), 1U);
    }
    take("{}", one_);
    run_posted();
    EXPECT_EQ(journal_.batches.size(), 2U);
    complete();

    key_homes_.place = pipeline::KeyPlace::here;
    post_keyed("new", "{}", two_);
    run_posted();
    complete();
    EXPECT_EQ(two_.statuses.back(), 200) << "the key was free again";
}

// Goal    while the volume that alone takes rows of the source does not, nothing is written, but
//         keys that are known are answered.
TEST_F(DoorKeysTest, WhatHasNoPlaceIsRefusedUnlessItIsKnown) {
    post_keyed("known", "{}", one_);
    run_posted();
    complete();
    place_refusal_ =
        Error(Code::overloaded, "The volume \"fast\" is full.").named("stream.in.volumeBusy");
    post_keyed("new", "{}", two_);
    take("{}", one_);
    for (auto* requester : {&one_, &two_}) {
        EXPECT_EQ(requester->statuses.back(), 503);
        EXPECT_THAT(requester->body, HasSubstr("stream.in.volumeBusy"));
        EXPECT_THAT(requester->body, HasSubstr("\\\"fast\\\""));
        EXPECT_EQ(requester->reply_headers, "Retry-After: 10\r\n");
    }
    post_keyed("known", "{}", three_);
    EXPECT_EQ(three_.reply_headers, "Ack: disk\r\nIdempotency-Replayed: true\r\n");
    run_posted();
    EXPECT_EQ(journal_.batches.size(), 1U);
    EXPECT_EQ(counters_.failed.value(), 2U);

    place_refusal_.reset();
    post_keyed("new", "{}", two_);
    run_posted();
    complete();
    EXPECT_EQ(two_.statuses.back(), 200) << "the key was free again";
}

// Goal    neither a wall clock that is ahead nor its correction makes a keyed request double.
TEST_F(DoorKeysTest, AClockThatJumpsForgetsNoKey) {
    const auto post_at = [&](WallTime now, std::string_view key, RecordingRequester& requester) {
        run_posted();  // the turn before
        clock_.wall_now = now;
        post_keyed(key, "{}", requester);
    };
    const auto right = clock_.wall_now;
    const auto ahead = right + std::chrono::hours(240);
    post_at(right, "early", one_);
    run_posted();
    complete();
    post_at(ahead, "early", two_);
    EXPECT_EQ(two_.reply_headers, "Ack: disk\r\nIdempotency-Replayed: true\r\n");
    post_at(ahead, "amid", one_);
    run_posted();
    EXPECT_EQ(journal_.batches.back().answers.at(0).expires_at,
              clock_.age() + std::chrono::hours(24));
    complete();
    post_at(right + -std::chrono::hours(240), "amid", three_);
    EXPECT_EQ(three_.reply_headers, "Ack: disk\r\nIdempotency-Replayed: true\r\n");
    run_posted();
    EXPECT_EQ(journal_.batches.size(), 2U);
}

TEST_F(DoorKeysTest, AKeyIsFreeAgainWhereNothingWasWritten) {
    serve(make_route({{.id = "a", .columns = {path_column("a")}}}));
    post_keyed("k", "{}", one_);  // no row
    EXPECT_THAT(one_.statuses, ElementsAre(422));
    EXPECT_EQ(window_.totals().bytes, 0U);

    post_keyed("k", "{\"a\":1}", one_);
    run_posted();
    complete(Error(Code::unavailable, "disk"));
    EXPECT_THAT(one_.statuses, ElementsAre(422, 503));
    EXPECT_EQ(window_.totals().bytes, 0U);

    journal_.refusal = Error(Code::overloaded, "queue");
    post_keyed("k", "{\"a\":1}", one_);
    run_posted();
    EXPECT_THAT(one_.statuses, ElementsAre(422, 503, 503));
    EXPECT_EQ(window_.totals().bytes, 0U);

    journal_.refusal.reset();
    post_keyed("k", std::string(98, 'x'), one_);                        // not even JSON
    post_keyed("k", "{\"a\":\"" + std::string(98, 'x') + "\"}", one_);  // fits no batch
    EXPECT_THAT(one_.statuses, ElementsAre(422, 503, 503, 400, 413));
    EXPECT_EQ(window_.totals().bytes, 0U);

    post_keyed("k", "{\"a\":2}", two_);
    run_posted();
    complete();
    EXPECT_THAT(two_.statuses, ElementsAre(200));
    EXPECT_EQ(journal_.csv().back(), "\"2\"\n");
}

TEST_F(DoorKeysTest, ABadKeyIsABadRequest) {
    post_keyed("a b", "{}", one_);
    EXPECT_THAT(one_.statuses, ElementsAre(400));
    EXPECT_THAT(one_.body, HasSubstr("stream.in.badRequest"));
    EXPECT_THAT(one_.body, HasSubstr("The header Idempotency-Key must be 1 to 255 visible"));
    run_posted();
    EXPECT_TRUE(journal_.batches.empty());
}

TEST_F(DoorKeysTest, WithoutSyncAKeyIsInFlightUntilItsRowsAreDurable) {
    serve(false);
    post_keyed("k", "{}", one_);
    run_posted();
    EXPECT_THAT(one_.statuses, ElementsAre(202));
    post_keyed("k", "{}", two_);
    complete();
    post_keyed("k", "{}", two_);
    EXPECT_THAT(two_.statuses, ElementsAre(409, 202));
    EXPECT_EQ(two_.reply_headers, "Ack: disk\r\nIdempotency-Replayed: true\r\n");
}

TEST_F(DoorKeysTest, AKeyIsRememberedThoughNobodyWaitsAnyMore) {
    post_keyed("k", "{}", one_);
    run_posted();
    intake_.abandon();
    complete();
    EXPECT_TRUE(one_.statuses.empty());
    EXPECT_EQ(window_.totals().keys, 1U);
}

TEST_F(DoorKeysTest, AParkedRequestHasItsKeyInFlight) {
    evaluator_.held = true;
    serve(make_route({{.id = "a", .columns = {template_column("std.t")}}}));
    post_keyed("k", "{}", one_);
    post_keyed("k", "{}", two_);
    EXPECT_THAT(two_.statuses, ElementsAre(409));
    evaluator_.answer_next();
    run_posted();
    complete();
    EXPECT_THAT(one_.statuses, ElementsAre(200));
    post_keyed("k", "{}", two_);
    EXPECT_THAT(two_.statuses, ElementsAre(409, 200));
    EXPECT_TRUE(evaluator_.waiting.empty());

    post_keyed("l", "{}", three_);
    const auto before = window_.totals().bytes;
    intake_.abandon();
    EXPECT_LT(window_.totals().bytes, before) << "the key is still in flight";
}

TEST_F(DoorKeysTest, OfAKeyedRequestTheRejectsAreKeptBeforeItsRowsAreHandedOver) {
    const auto route =
        make_route({{.id = "a", .columns = {body_column()}},
                    {.id = "b", .columns = {path_column("b")}, .rejects = keeping(1)}});
    serve(route);
    post_keyed("k", "{}", one_);
    post_keyed("l", "{}", two_, true);
    run_posted();
    EXPECT_TRUE(journal_.batches.empty());
    bool served = false;
    intake_.set_route(shop(), route, [&] { served = true; });
    EXPECT_FALSE(served) << "rows of the old route are still here";

    rejects_.executor.run_ready();
    run_posted();
    EXPECT_TRUE(served);
    ASSERT_EQ(journal_.csv().size(), 2U);  // the change had the first one handed over
    for (auto& batch : journal_.batches) batch.done({});
    run_posted();
    EXPECT_THAT(one_.statuses, ElementsAre(200));
    EXPECT_THAT(two_.statuses, ElementsAre(422)) << "the store has room for one";
    EXPECT_THAT(two_.body, HasSubstr("Written to 1/2 sinks."));
    for (auto* key : {"k", "l"}) post_keyed(key, "{}", three_);
    EXPECT_THAT(three_.statuses, ElementsAre(200, 422));
    EXPECT_EQ(three_.body, two_.body);
    EXPECT_EQ(rejects_.store.rejects.size(), 1U);
}

// Goal    a store of rejects that fails is the service's fault: the request is answered 503, has
//         written nothing, though another sink could take its row, and may be sent again.
TEST_F(DoorKeysTest, AKeyIsFreeWhereItsRejectCouldNotBeStored) {
    serve(make_route({{.id = "a", .columns = {body_column()}},
                      {.id = "b", .columns = {path_column("b")}, .rejects = keeping()}}));
    rejects_.store.failure = Error(Code::unavailable, "the disk is full");
    post_keyed("k", "{}", one_);
    rejects_.executor.run_ready();
    run_posted();
    EXPECT_THAT(one_.statuses, ElementsAre(503));
    EXPECT_THAT(one_.body, HasSubstr("stream.in.rejectsUnavailable"));
    EXPECT_EQ(one_.reply_headers, "Retry-After: 1\r\n");
    EXPECT_TRUE(journal_.batches.empty());
    EXPECT_EQ(window_.totals().bytes, 0U);
    EXPECT_EQ(counters_.failed.value(), 1U);

    rejects_.store.failure.reset();
    post_keyed("k", "{}", one_);
    rejects_.executor.run_ready();
    run_posted();
    complete();
    EXPECT_THAT(one_.statuses, ElementsAre(503, 200));
    EXPECT_THAT(journal_.csv(), ElementsAre("\"{}\"\n"));
    EXPECT_EQ(rejects_.store.rejects.size(), 1U);
}

TEST_F(DoorKeysTest, AKeyedRecordThatIsOnlyKeptHasItsAnswerInTheJournal) {
    serve(make_route({{.id = "a", .columns = {path_column("a")}, .rejects = keeping(1)}}));
    post_keyed("k", "{}", one_);
    post_keyed("l", "{}", two_);
    rejects_.executor.run_ready();
    run_posted();
    EXPECT_TRUE(one_.statuses.empty());
    EXPECT_THAT(two_.statuses, ElementsAre(422));
    ASSERT_EQ(journal_.batches.size(), 1U);
    EXPECT_EQ(journal_.batches[0].csv, "");
    EXPECT_EQ(journal_.batches[0].answers.size(), 1U);
    complete();
    EXPECT_THAT(one_.statuses, ElementsAre(200));
    post_keyed("k", "{}", three_);
    EXPECT_THAT(three_.statuses, ElementsAre(200));
    EXPECT_EQ(window_.totals().keys, 1U) << "the other request was refused and wrote nothing";
    EXPECT_EQ(rejects_.store.rejects.size(), 1U);
}

}  // namespace
}  // namespace millrace::ingest
