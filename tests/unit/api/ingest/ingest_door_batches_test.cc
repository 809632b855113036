// Goal    what a request with many records hands to the journal, and how it is answered.

#include <gmock/gmock.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/unit/api/ingest/door_fixture.h"

namespace millrace::ingest {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class DoorBatchesTest : public DoorTest {};

TEST_F(DoorBatchesTest, TheQueryThenTheContentTypeThenTheSourceSaysWhatARecordIs) {
    const struct {
        RecordForm setting;
        const char* query;
        const char* type;
        std::uint32_t rows;
    } cases[] = {
        {RecordForm::single, "", "application/json", 1},
        {RecordForm::single, "", "application/x-ndjson", 2},
        {RecordForm::single, "lines", "", 2},
        {RecordForm::single, "array", "application/x-ndjson", 3},
        {RecordForm::lines, "", "", 2},
        {RecordForm::lines, "", "application/json", 2},
        {RecordForm::lines, "single", "application/jsonl", 1},
        {RecordForm::array, "", "application/json", 3},
        {RecordForm::array, "", "application/jsonl", 2},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(testing::Message() << c.query << " " << c.type << " -> " << c.rows);
        auto route =
            make_route({{.id = "a", .columns = {body_column()}}}, true, 1, {.records = c.setting});
        serve(route);
        journal_.batches.clear();
        post(c.query, c.type, "[1,2\n,3]", one_);
        run_posted();
        ASSERT_EQ(journal_.batches.size(), 1U);
        EXPECT_EQ(journal_.batches[0].groups[0].rows, c.rows);
    }
    post("some", "", "1", two_);
    EXPECT_THAT(two_.statuses, ElementsAre(400));
    EXPECT_THAT(two_.body, HasSubstr("Records must be single, lines or array."));
}

// Goal    the row of a request that comes in while another one is being answered is not cut off.
// Method  a request ends without a row, in each way there is, and its answer lets in the next
//         request of the connection.
TEST_F(DoorBatchesTest, ARequestThatAnAnswerLetsInKeepsItsRow) {
    serve(make_route({{.id = "a", .columns = {path_column("n")}}}));
    const std::string large = R"({"n":")" + std::string(200, 'x') + R"("})";  // more than a batch
    for (const auto& [type, body] : std::vector<std::pair<std::string, std::string>>{
             {"application/json", "{}"},
             {"application/x-ndjson", "{\"n\":1}\n{}\n"},
             {"application/json", large}}) {
        SCOPED_TRACE(body);
        journal_.batches.clear();
        RecordingRequester refused;
        RecordingRequester next;
        refused.on_reply = [&] { post("", "application/json", R"({"n":7})", next); };
        post("", type, body, refused);
        run_posted();
        ASSERT_EQ(refused.statuses.size(), 1U);
        EXPECT_GE(refused.statuses[0], 400);
        EXPECT_THAT(journal_.csv(), ElementsAre("\"7\"\n"));
        complete();
        EXPECT_THAT(next.statuses, ElementsAre(200));
    }
}

TEST_F(DoorBatchesTest, ABatchIsAnsweredOnceAndCountedByRecord) {
    post("lines", "", "1\n2\n3\n", one_);
    post("lines", "", "4\n5\n", two_, true);
    run_posted();
    ASSERT_EQ(journal_.batches.size(), 1U);
    EXPECT_EQ(journal_.batches[0].groups.size(), 1U);
    EXPECT_TRUE(one_.statuses.empty());
    journal_.batches[0].done({});
    run_posted();
    EXPECT_THAT(one_.statuses, ElementsAre(200));
    EXPECT_EQ(one_.body, "OK");
    EXPECT_THAT(two_.statuses, ElementsAre(200));
    EXPECT_THAT(two_.body, HasSubstr("\"accepted\": 2,\n  \"rejected\": 0"));
    EXPECT_EQ(counters_.accepted.value(), 5U);

    post("lines", "", "6\n7\n", three_);
    run_posted();
    journal_.batches[1].done(Error(Code::unavailable, "disk"));
    run_posted();
    EXPECT_THAT(three_.statuses, ElementsAre(503));
    EXPECT_EQ(counters_.failed.value(), 2U);
}

TEST_F(DoorBatchesTest, ABadLineIsNamedAndNothingOfTheRequestIsWritten) {
    serve(make_route({{.id = "a", .columns = {path_column("a")}}}));
    post("", "application/x-ndjson", "{\"a\":1}\n{\"b\":2}\nx\n", one_);
    EXPECT_THAT(one_.statuses, ElementsAre(422));
    EXPECT_EQ(one_.body, R"({
  "statusCode": 422,
  "error": "stream.in.writeFailed",
  "message": "Written to 0/1 sinks.",
  "accepted": 0,
  "rejected": 3,
  "sources": [
    {
      "projectId": 1,
      "sourceId": "shop",
      "branchId": 2,
      "statusCode": 422,
      "error": "stream.in.writeFailed",
      "message": "Written to 0/1 sinks.",
      "accepted": 0,
      "rejected": 3,
      "sinks": [
        {
          "sinkId": "a",
          "statusCode": 422,
          "error": "stream.in.pathNotFound",
          "message": "Line 2: column \"value\": path \"a\" not found in the body.",
          "accepted": 0,
          "rejected": 3,
          "errors": [
            {
              "line": 2,
              "error": "stream.in.pathNotFound",
              "message": "Column \"value\": path \"a\" not found in the body."
            },
            {
              "line": 3,
              "error": "stream.in.invalidJson",
              "message": "Column \"value\": invalid JSON at byte 0: expected a value, found \"x\"."
            }
          ]
        }
      ]
    }
  ]
})");
    run_posted();
    EXPECT_TRUE(journal_.batches.empty());
    EXPECT_EQ(counters_.rejected.value(), 3U);
    EXPECT_EQ(counts_of("a"), (pipeline::SinkCounts{.received = 3, .refused = 3}));
}

TEST_F(DoorBatchesTest, SkippedRecordsLeaveTheStatusAndAreNamed) {
    serve(make_route({{.id = "a", .columns = {path_column("a")}}}, true, 1,
                     {.bad_records = BadRecords::skip}));
    post("array", "", R"([{"a":1},{"b":2}])", one_);
    post("array", "", R"([{"b":2}])", two_);
    EXPECT_THAT(two_.statuses, ElementsAre(200));
    EXPECT_THAT(two_.body, HasSubstr("\"record\": 1"));
    run_posted();
    EXPECT_THAT(journal_.csv(), ElementsAre("\"1\"\n"));
    journal_.batches[0].done({});
    run_posted();
    EXPECT_THAT(one_.statuses, ElementsAre(200));
    EXPECT_THAT(one_.body, HasSubstr("\"accepted\": 1,\n  \"rejected\": 1"));
    EXPECT_EQ(counters_.accepted.value(), 1U);
    EXPECT_EQ(counters_.rejected.value(), 2U);
    EXPECT_EQ(counts_of("a"), (pipeline::SinkCounts{.received = 3, .refused = 2}));
}

TEST_F(DoorBatchesTest, RowsOfABatchStayTogetherAndItsLimitIsThatOfTheJournal) {
    take(std::string(57, 'x'), one_);  // 60 bytes of CSV; a batch takes 100
    post("lines", "", "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n", two_);
    run_posted();
    ASSERT_EQ(journal_.batches.size(), 2U);
    EXPECT_EQ(journal_.batches[0].groups[0].rows, 1U);
    EXPECT_EQ(journal_.batches[1].groups[0].rows, 11U);
    std::string many;
    for (int i = 0; i < 26; ++i) many += "1\n";
    post("lines", "", many, three_);
    EXPECT_THAT(three_.statuses, ElementsAre(413));
    EXPECT_THAT(three_.body, HasSubstr("stream.in.payloadTooLarge"));
    EXPECT_EQ(counts_of("a"), (pipeline::SinkCounts{.received = 13, .refused = 1}));
}

class DoorGroupsTest : public DoorTest {
protected:
    DoorGroupsTest() : DoorTest(1 << 20) {}
};

// Groups of rows take room in a frame too.
TEST_F(DoorGroupsTest, ABatchOfVeryManyGroupsIsHandedOverInTime) {
    std::vector<TestSink> sinks;
    for (int i = 0; i < 400; ++i) {
        sinks.push_back({.id = "s" + std::to_string(i), .columns = {path_column("a")}});
    }
    sinks.push_back({.id = "all", .columns = {body_column()}});
    serve(make_route(std::move(sinks)));
    for (int i = 0; i < 3; ++i) post("", "application/json", R"({"a":1})", one_);
    run_posted();
    ASSERT_EQ(journal_.batches.size(), 2U);
    EXPECT_EQ(journal_.batches[0].groups.size(), 802U);
    EXPECT_EQ(journal_.batches[1].groups.size(), 401U);
}

}  // namespace
}  // namespace millrace::ingest
