// Goal    a record is answered with the documented status and report, and what is confirmed is
//         stored.
// Method  a real server on a loopback port, a socket that sends exact bytes, a journal in memory.

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "api/ingest/ingest_server.h"
#include "tests/unit/api/ingest/server_fixture.h"

namespace millrace::ingest {
namespace {

using testing::HasSubstr;

using ServerAnswersTest = ServerFixture;

TEST_F(ServerAnswersTest, AnswersOkWhenTheRowsAreDurableAndNotBefore) {
    RawClient client(start());
    journal_.hold();
    client.send(post(kPath, "one"));
    journal_.wait_for_batches(1);
    EXPECT_EQ(server_->counters().accepted, 0);
    journal_.release();
    const auto answer = client.read_answer();
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "OK");
    EXPECT_TRUE(answer.has("Content-Type: text/plain\r\n"));
    EXPECT_TRUE(answer.has("Server: millrace\r\n"));
    EXPECT_TRUE(answer.has("Date: "));
    EXPECT_TRUE(answer.has("Keep-Alive: timeout=75\r\n")) << "longer than the 60 s of balancers";
    EXPECT_EQ(journal_.csv(), "\"one\"\n");
    EXPECT_EQ(server_->counters().accepted, 1);
    EXPECT_EQ(server_->counters().requests.at(200), 1);
}

TEST_F(ServerAnswersTest, AnswersAcceptedWithoutWaitingForTheDiskIfNoSinkWaits) {
    RawClient client(start({{.id = "a", .columns = {body_column()}, .sync_wait = false}}));
    journal_.hold();  // it never completes
    const auto answer = client.ask(post(kPath, "one"));
    EXPECT_EQ(answer.status, 202);
    EXPECT_EQ(answer.body, "OK");
    EXPECT_EQ(journal_.csv(), "\"one\"\n");
    journal_.release();
}

TEST_F(ServerAnswersTest, AnswersAcceptedAfterTheSyncOfTheSinksThatWait) {
    RawClient client(start({{.id = "a", .columns = {body_column()}, .sync_wait = false},
                            {.id = "b", .columns = {body_column()}}}));
    journal_.complete_with(Error(Code::unknown_outcome, "fsync"));
    EXPECT_EQ(client.ask(post(kPath, "one")).status, 503);
    journal_.complete_with({});
    EXPECT_EQ(client.ask(post(kPath, "one")).status, 202);
}

TEST_F(ServerAnswersTest, VerboseReportsEverySink) {
    RawClient client(start({{.id = "a", .columns = {body_column()}},
                            {.id = "b", .columns = {body_column()}, .sync_wait = false}}));
    const auto answer = client.ask(post(kPath + "?verbose=true", "one"));
    EXPECT_EQ(answer.status, 202);
    EXPECT_TRUE(answer.has("Content-Type: application/json\r\n"));
    EXPECT_EQ(answer.body, R"({
  "statusCode": 202,
  "message": "Successfully written to 2/2 sinks.",
  "sources": [
    {
      "projectId": 1,
      "sourceId": "shop",
      "branchId": 2,
      "statusCode": 202,
      "message": "Successfully written to 2/2 sinks.",
      "sinks": [
        {
          "sinkId": "a",
          "statusCode": 200,
          "message": "processed"
        },
        {
          "sinkId": "b",
          "statusCode": 202,
          "message": "accepted"
        }
      ]
    }
  ]
})");
    EXPECT_EQ(client.ask(post(kPath + "?verbose=1", "one")).body, "OK");
    EXPECT_EQ(client.ask(post(kPath + "?x=verbose=true&verbose=trueish", "one")).body, "OK");
    EXPECT_NE(client.ask(post(kPath + "?x=1&verbose=true", "one")).body, "OK");
}

TEST_F(ServerAnswersTest, OneBadSinkLeavesTheRowOfTheOther) {
    RawClient client(start({{.id = "bad", .columns = {path_column("missing")}},
                            {.id = "good", .columns = {body_column()}}}));
    const auto answer = client.ask(post(kPath, "{}", "Content-Type: application/json\r\n"));
    EXPECT_EQ(answer.status, 422);
    EXPECT_THAT(answer.body, HasSubstr("\"message\": \"Written to 1/2 sinks.\""));
    EXPECT_THAT(answer.body, HasSubstr("\"error\": \"stream.in.pathNotFound\""));
    EXPECT_EQ(journal_.csv(), "\"{}\"\n");
    EXPECT_EQ(server_->counters().rejected, 1);
}

TEST_F(ServerAnswersTest, BrokenJsonIsTheClientsMistakeAndStoresNothing) {
    RawClient client(start({{.id = "a", .columns = {path_column("a")}}}));
    const auto json = "Content-Type: application/json\r\n";
    for (const auto* body : {R"({"a":1,"b":tru,"c":[1,2})", R"({"a":1 "b":2})", R"({"a":01x})"}) {
        const auto answer = client.ask(post(kPath, body, json));
        EXPECT_EQ(answer.status, 400) << body;
        EXPECT_THAT(answer.body, HasSubstr("stream.in.invalidJson"));
    }
    EXPECT_EQ(client.ask(post(kPath, R"({"a":1})")).status, 415);
    EXPECT_EQ(journal_.csv(), "");
    EXPECT_EQ(client.ask(post(kPath, R"({"a":1})", json)).status, 200);
}

TEST_F(ServerAnswersTest, WithoutASinkAnswersOkAndCounts) {
    RawClient client(start(std::vector<TestSink>{}));
    const auto plain = client.ask(post(kPath, "x"));
    EXPECT_EQ(plain.body, "OK");
    EXPECT_TRUE(plain.has("Ack: none\r\n"));
    const auto verbose = client.ask(post(kPath + "?verbose=true", "x"));
    EXPECT_EQ(verbose.status, 200);
    EXPECT_THAT(verbose.body, HasSubstr("No enabled sink found."));
    EXPECT_EQ(server_->counters().no_sink, 2);
}

}  // namespace
}  // namespace millrace::ingest
