// Goal    records that a sink keeps because it cannot map them.

#include <gmock/gmock.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/unit/api/ingest/door_fixture.h"

namespace millrace::ingest {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class DoorRejectsTest : public DoorTest {};

TEST_F(DoorRejectsTest, AKeptRecordIsAcceptedWhenItIsStoredAndThenItsRows) {
    const auto route =
        make_route({{.id = "a", .columns = {body_column()}},
                    {.id = "b", .columns = {path_column("b")}, .rejects = keeping()}});
    serve(route);
    post("", "application/json", "{}", one_);
    post("", "application/json", "{}", two_, true);
    run_posted();
    EXPECT_TRUE(journal_.batches.empty()) << "the reject is not durable yet";
    rejects_.executor.run_ready();
    EXPECT_TRUE(journal_.batches.empty()) << "gone on on the store's thread";
    run_posted();
    ASSERT_EQ(journal_.batches.size(), 1U);
    EXPECT_TRUE(one_.statuses.empty());
    complete();
    EXPECT_THAT(one_.statuses, ElementsAre(200));
    EXPECT_EQ(one_.body, "OK");
    EXPECT_THAT(two_.statuses, ElementsAre(200));
    EXPECT_THAT(two_.body, HasSubstr(R"("message": "Successfully written to 2/2 sinks.")"));
    EXPECT_THAT(two_.body, HasSubstr(R"("sinkId": "b",
          "statusCode": 200,
          "message": "kept as a reject",
          "warning": "Column \"value\": path \"b\" not found in the body.")"));
    EXPECT_EQ(rejects_.store.rejects.size(), 2U);
    EXPECT_THAT(rejects_.store.transactions, ElementsAre(2));
    EXPECT_EQ(counters_.accepted.value(), 2U);
    EXPECT_EQ(counters_.rejected.value(), 0U);
}

// Goal    where the journal has no room, a request whose rejects are kept already waits for it:
//         sent again its rejects would be there twice. Others are refused, also while it waits.
TEST_F(DoorRejectsTest, ARequestWithKeptRejectsWaitsForRoom) {
    serve(make_route({{.id = "a", .columns = {body_column()}},
                      {.id = "b", .columns = {path_column("b")}, .rejects = keeping()}}));
    post("", "application/json", "{}", one_);
    run_posted();
    rejects_.executor.run_ready();
    journal_.refusal = Error(Code::overloaded, "a queue is full");
    run_posted();
    EXPECT_TRUE(one_.statuses.empty());
    post("", "application/json", R"({"b":1})", two_);
    run_posted();
    EXPECT_THAT(two_.statuses, ElementsAre(503)) << "it has nothing stored";
    RecordingRequester three;
    post("", "application/json", "{}", three);
    run_posted();
    EXPECT_THAT(three.statuses, ElementsAre(503)) << "before its reject is kept";
    intake_.tick({});
    run_posted();
    EXPECT_TRUE(one_.statuses.empty());
    journal_.refusal.reset();
    intake_.tick({});
    run_posted();
    ASSERT_EQ(journal_.batches.size(), 1U);
    EXPECT_EQ(journal_.batches[0].csv, "\"{}\"\n");
    complete();
    EXPECT_THAT(one_.statuses, ElementsAre(200));
    EXPECT_EQ(rejects_.store.rejects.size(), 1U);
}

// Goal    no row of an old mapping comes to the journal when files of that mapping are closed.
TEST_F(DoorRejectsTest, NoRequestWaitsForRoomWhileAChangeOfItsRouteIsAwaited) {
    const auto route =
        make_route({{.id = "a", .columns = {body_column()}},
                    {.id = "b", .columns = {path_column("b")}, .rejects = keeping()}});
    serve(route);
    post("", "application/json", "{}", one_);
    run_posted();
    bool is_served = false;
    intake_.set_route(shop(), route, [&] { is_served = true; });
    EXPECT_FALSE(is_served) << "its rejects are being kept";
    journal_.refusal = Error(Code::overloaded, "a queue is full");
    rejects_.executor.run_ready();
    run_posted();
    EXPECT_TRUE(is_served);
    EXPECT_THAT(one_.statuses, ElementsAre(503));
    journal_.refusal.reset();
    intake_.tick({});
    run_posted();
    EXPECT_TRUE(journal_.batches.empty());
}

TEST_F(DoorRejectsTest, ARequestThatWaitsForRoomEndsWithItsRoute) {
    const auto route =
        make_route({{.id = "a", .columns = {body_column()}},
                    {.id = "b", .columns = {path_column("b")}, .rejects = keeping()}});
    serve(route);
    post("", "application/json", "{}", one_);
    run_posted();
    rejects_.executor.run_ready();
    journal_.refusal = Error(Code::overloaded, "a queue is full");
    run_posted();
    EXPECT_TRUE(one_.statuses.empty());
    serve(route);
    run_posted();
    EXPECT_THAT(one_.statuses, ElementsAre(503));
    journal_.refusal.reset();
    intake_.tick({});
    run_posted();
    EXPECT_TRUE(journal_.batches.empty());
}

TEST_F(DoorRejectsTest, ARequestWithKeptRejectsDoesNotWaitForEver) {
    serve(make_route({{.id = "a", .columns = {body_column()}},
                      {.id = "b", .columns = {path_column("b")}, .rejects = keeping()}}));
    post("", "application/json", "{}", one_);
    run_posted();
    rejects_.executor.run_ready();
    journal_.refusal = Error(Code::overloaded, "a queue is full");
    run_posted();
    for (int tick = 0; tick < 30 && one_.statuses.empty(); ++tick) {
        intake_.tick({});
        run_posted();
    }
    EXPECT_THAT(one_.statuses, ElementsAre(503));
    EXPECT_THAT(one_.body, HasSubstr("stream.in.volumeBusy"));
}

// Nothing of it can still be on its way, whatever was asked for.
TEST_F(DoorRejectsTest, OnlyRejectsAreSyncedWhateverTheRequestAsksFor) {
    serve(make_route({{.id = "a", .columns = {path_column("a")}, .rejects = keeping()}}));
    post_acked("memory", one_);
    rejects_.executor.run_ready();
    run_posted();
    EXPECT_THAT(one_.statuses, ElementsAre(200));
    EXPECT_THAT(one_.ok_headers, HasSubstr("Ack: disk"));
}

TEST_F(DoorRejectsTest, ARecordThatIsOnlyKeptIsAnsweredWithoutTheJournal) {
    serve(make_route({{.id = "a", .columns = {path_column("a")}, .rejects = keeping(1)}}));
    post("", "application/json", "{}", one_);
    post("", "application/json", "{}", two_);
    run_posted();
    rejects_.executor.run_ready();
    run_posted();
    EXPECT_TRUE(journal_.batches.empty());
    EXPECT_THAT(one_.statuses, ElementsAre(200));
    EXPECT_THAT(two_.statuses, ElementsAre(422));
    EXPECT_THAT(two_.body,
                HasSubstr("path \\\"a\\\" not found in the body. It could not be kept: the "
                          "rejects of the sink are full."));
    EXPECT_EQ(counters_.accepted.value(), 1U);
    EXPECT_EQ(counters_.rejected.value(), 1U);
}

// Goal    a request that is refused is sent again: it must not find rows of its own then.
TEST_F(DoorRejectsTest, ASinkThatIsFullTakesNoneOfManyRecords) {
    serve(make_route({{.id = "a", .columns = {body_column()}},
                      {.id = "b", .columns = {path_column("b")}, .rejects = keeping(0)}}));
    post("lines", "", "{\"b\":1}\n{}\n", one_, true);
    run_posted();
    rejects_.executor.run_ready();
    run_posted();
    ASSERT_EQ(journal_.batches.size(), 1U);
    ASSERT_EQ(journal_.batches[0].groups.size(), 1U) << "rows of the other sink only";
    EXPECT_EQ(journal_.batches[0].groups[0].rows, 2U);
    EXPECT_EQ(journal_.batches[0].groups[0].bytes, journal_.batches[0].csv.size());
    complete();
    EXPECT_THAT(one_.statuses, ElementsAre(422));
    EXPECT_EQ(counts_of("a"), (pipeline::SinkCounts{.received = 2}));
    EXPECT_EQ(counts_of("b"), (pipeline::SinkCounts{.received = 2, .refused = 2}));
}

// Goal    a store that fails is the service's fault: 503, and nothing of the request is stored, so
//         that it may be sent again without a key too.
TEST_F(DoorRejectsTest, AStoreThatFailsIsNoFaultOfTheClient) {
    rejects_.store.failure = Error(Code::unavailable, "disk");
    serve(make_route({{.id = "a", .columns = {body_column()}},
                      {.id = "b", .columns = {path_column("b")}, .rejects = keeping()}}));
    post("", "application/json", "{}", one_);
    post("lines", "", "{\"b\":1}\n{}\n", two_);
    rejects_.executor.run_ready();
    run_posted();
    for (auto* requester : {&one_, &two_}) {
        EXPECT_THAT(requester->statuses, ElementsAre(503));
        EXPECT_THAT(requester->body, HasSubstr("stream.in.rejectsUnavailable"));
        EXPECT_EQ(requester->reply_headers, "Retry-After: 1\r\n");
    }
    EXPECT_TRUE(journal_.batches.empty());
    EXPECT_EQ(counters_.failed.value(), 3U);
    EXPECT_EQ(counts_of("b"), (pipeline::SinkCounts{.received = 3, .refused = 2}));
}

TEST_F(DoorRejectsTest, AFailedJournalAnswersOnceThoughTheRejectIsKept) {
    serve(make_route({{.id = "a", .columns = {body_column()}},
                      {.id = "b", .columns = {path_column("b")}, .rejects = keeping()}}));
    post("", "application/json", "{}", one_);
    post("", "application/json", "{}", two_);
    rejects_.executor.run_ready();
    run_posted();
    journal_.batches.at(0).done(Error(Code::unavailable, "disk"));
    run_posted();
    EXPECT_THAT(one_.statuses, ElementsAre(503));
    EXPECT_THAT(two_.statuses, ElementsAre(503));
    EXPECT_EQ(counters_.failed.value(), 2U);
    EXPECT_EQ(counters_.accepted.value(), 0U);
}

// By the clock of ages, in a batch too, whatever the wall clock says.
TEST_F(DoorRejectsTest, ARejectIsKeptForItsTimeFromItsArrivalOn) {
    serve(make_route({{.id = "a",
                       .columns = {path_column("missing")},
                       .rejects = {.keep = true,
                                   .bounds = {.count = 100, .bytes = 1 << 20},
                                   .age = std::chrono::hours(2)}}}));
    clock_.wall_now = clock_.wall_now + std::chrono::hours(2400);
    post("", "application/json", "{}", one_);
    post("lines", "application/json", "{}\n", two_);
    run_posted();
    rejects_.executor.run_ready();
    ASSERT_EQ(rejects_.store.rejects.size(), 2U);
    for (const auto& [number, reject] : rejects_.store.rejects) {
        EXPECT_EQ(reject.expires_at, clock_.age() + std::chrono::hours(2)) << number;
        EXPECT_EQ(reject.arrived_at, clock_.wall_now) << number;
    }
}

TEST_F(DoorRejectsTest, ABatchKeepsItsBadRecords) {
    serve(make_route({{.id = "a", .columns = {path_column("a")}, .rejects = keeping(1)}}));
    post("lines", "", "{\"a\":1}\n{}\n", one_, true);
    post("lines", "", "{\"a\":2}\n{}\n", two_);
    rejects_.executor.run_ready();
    run_posted();
    ASSERT_EQ(journal_.batches.size(), 1U);
    complete();
    EXPECT_THAT(one_.statuses, ElementsAre(200));
    EXPECT_THAT(one_.body, HasSubstr(R"("message": "processed",
          "accepted": 2,
          "rejected": 0,
          "kept": 1,
          "warnings": [)"));
    EXPECT_THAT(two_.statuses, ElementsAre(422));
    EXPECT_THAT(two_.body, HasSubstr("Line 2: column"));
    EXPECT_THAT(two_.body,
                HasSubstr("\"accepted\": 0,\n          \"rejected\": 2,\n          \"errors\""));
    EXPECT_THAT(journal_.csv(), ElementsAre("\"1\"\n"));
    EXPECT_EQ(counters_.accepted.value(), 2U);
    EXPECT_EQ(counters_.rejected.value(), 2U);
    EXPECT_EQ(counts_of("a"), (pipeline::SinkCounts{.received = 4, .refused = 2}));
}

}  // namespace
}  // namespace millrace::ingest
