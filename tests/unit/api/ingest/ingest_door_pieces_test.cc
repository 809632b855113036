// Goal    a request that takes long holds up nobody else, and ends as one that does not.
// Method  each look at the clock takes as long as a piece may, so that a piece is one step.

#include <gmock/gmock.h>

#include <new>
#include <string>
#include <string_view>
#include <vector>

#include "tests/unit/api/ingest/door_fixture.h"

namespace millrace::ingest {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string lines(std::size_t count, std::string_view line = "{\"a\":1}") {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) text.append(line).push_back('\n');
    return text;
}

class DoorPiecesTest : public DoorTest {
protected:
    DoorPiecesTest() : DoorTest(1 << 20) {
        serve(make_route({{.id = "a", .columns = {path_column("a")}}}, true, 1,
                         {.bad_records = BadRecords::skip}));
        clock_.step = pipeline::kPieceTime;
    }
};

TEST_F(DoorPiecesTest, OthersAreServedBetweenThePieces) {
    {
        const auto body = lines(kRequestRowsMax);  // gone before the request goes on
        post("lines", "", body, one_);
    }
    post("", "application/json", "{\"a\":2}", two_);
    run_one_posted();  // the end of the first poll
    run_one_posted();  // a piece
    ASSERT_THAT(journal_.csv(), ElementsAre("\"2\"\n"));
    journal_.batches[0].done({});
    for (int step = 0; step < 3; ++step)
        run_one_posted();  // the end of a poll, a piece, the answer
    EXPECT_THAT(two_.statuses, ElementsAre(200));
    EXPECT_EQ(journal_.batches.size(), 1U);
    EXPECT_FALSE(posted_.empty()) << "there are more pieces than that";
    run_posted();
    ASSERT_EQ(journal_.batches.size(), 2U);
    EXPECT_EQ(journal_.batches[1].groups[0].rows, kRequestRowsMax);
    complete();
    EXPECT_THAT(one_.statuses, ElementsAre(200));
    EXPECT_EQ(counters_.accepted.value(), kRequestRowsMax + 1);
}

TEST_F(DoorPiecesTest, BadRecordsMakeNoRowsAndArePiecesAllTheSame) {
    post("lines", "", lines(kRequestRowsMax, "x"), one_);
    EXPECT_THAT(one_.statuses, IsEmpty());
    run_posted();
    EXPECT_THAT(one_.statuses, ElementsAre(200));
    EXPECT_THAT(one_.body, HasSubstr("\"rejected\": 5000"));
}

TEST_F(DoorPiecesTest, TooManyRecordsAreRefusedWithTheRemedy) {
    post("lines", "", lines(kRequestRowsMax + 1), one_);
    run_posted();
    EXPECT_THAT(one_.statuses, ElementsAre(413));
    EXPECT_THAT(one_.body, HasSubstr("stream.in.tooManyRecords"));
    EXPECT_THAT(one_.body, HasSubstr("more than 5000 records, send fewer at a time."));
    EXPECT_TRUE(journal_.batches.empty());
    EXPECT_EQ(counters_.rejected.value(), 1U);
}

TEST_F(DoorPiecesTest, AChangeOfTheSourceWaitsForItsRows) {
    post("lines", "", lines(kRequestRowsMax), one_);
    bool is_served = false;
    intake_.set_route(shop(), make_route({{.id = "a", .columns = {body_column()}}}, true, 2),
                      [&] { is_served = true; });
    EXPECT_FALSE(is_served);
    run_posted();
    EXPECT_TRUE(is_served);
    ASSERT_EQ(journal_.batches.size(), 1U);
    EXPECT_EQ(journal_.batches[0].groups[0].sink.mapping, MappingVersion(1));
}

TEST_F(DoorPiecesTest, ARequestWithAKeyIsInFlightUntilItsRowsAreDurable) {
    const std::vector<RequestHeader> headers = {{.name = "idempotency-key", .value = "k"}};
    const StreamUrl target{.endpoint = Endpoint::stream,
                           .project = "1",
                           .source = "shop",
                           .secret = kSecret,
                           .verbose = false,
                           .records = "lines"};
    const auto body = lines(kRequestRowsMax);
    const Record record{.arrived_at = {},
                        .client_ip = {},
                        .headers = headers,
                        .content_type = "application/json",
                        .body = body};
    send(target, record, one_);
    send(target, record, two_);
    EXPECT_THAT(two_.statuses, ElementsAre(409));
    run_posted();
    complete();
    EXPECT_THAT(one_.statuses, ElementsAre(200));
    send(target, record, three_);
    EXPECT_THAT(three_.statuses, ElementsAre(200));
    EXPECT_THAT(three_.reply_headers, HasSubstr("Idempotency-Replayed: true"));
    EXPECT_EQ(journal_.batches.size(), 1U);
}

TEST_F(DoorPiecesTest, RecordsAreCollectedForTemplatesInPiecesToo) {
    evaluator_.held = true;
    serve(make_route({{.id = "a", .columns = {template_column("std.t")}}}));
    post("lines", "", lines(kRequestRowsMax), one_);
    EXPECT_TRUE(evaluator_.waiting.empty());
    run_posted();
    ASSERT_EQ(evaluator_.waiting.size(), 1U);
    EXPECT_EQ(evaluator_.waiting[0].records.size(), kRequestRowsMax);
    EXPECT_EQ(evaluator_.waiting[0].records.back().body, "{\"a\":1}");
    evaluator_.answer_next();
    run_posted();
    ASSERT_EQ(journal_.batches.size(), 1U);
    EXPECT_EQ(journal_.batches[0].groups[0].rows, kRequestRowsMax);
    complete();
    EXPECT_THAT(one_.statuses, ElementsAre(200));
}

TEST_F(DoorPiecesTest, OneErrorIsEnoughForAllRecordsOfABusyTemplate) {
    evaluator_.refusal = Error(Code::overloaded, "Too many.").named("stream.in.templatesBusy");
    serve(make_route({{.id = "a", .columns = {template_column("std.t")}},
                      {.id = "b", .columns = {body_column()}}}));
    post("lines", "", lines(kRequestRowsMax / 2), one_);
    run_posted();
    ASSERT_EQ(journal_.batches.size(), 1U);
    EXPECT_EQ(journal_.batches[0].groups[0].rows, kRequestRowsMax / 2);
    complete();
    EXPECT_THAT(one_.statuses, ElementsAre(503));
    EXPECT_THAT(one_.body, HasSubstr("stream.in.templatesBusy"));
}

// Goal    a step that throws, as without memory, ends its request with an answer, and holds up
//         neither other requests nor a change of the source.
TEST_F(DoorPiecesTest, AStepThatThrowsIsAnswered) {
    serve(make_route({{.id = "a", .columns = {uuid_column()}}}));
    post("lines", "", lines(kRequestRowsMax), one_);
    bool is_served = false;
    intake_.set_route(shop(), make_route({{.id = "a", .columns = {body_column()}}}, true, 2),
                      [&] { is_served = true; });
    post("lines", "", lines(kRequestRowsMax), two_);
    rng_.throws = true;
    EXPECT_THROW(run_posted(), std::bad_alloc);
    EXPECT_THAT(one_.statuses, ElementsAre(500));
    EXPECT_TRUE(is_served);
    rng_.throws = false;
    run_posted();
    ASSERT_EQ(journal_.batches.size(), 1U);
    EXPECT_EQ(journal_.batches[0].groups[0].rows, kRequestRowsMax);
    complete();
    EXPECT_THAT(two_.statuses, ElementsAre(200));
    EXPECT_EQ(counters_.failed.value(), 1U);
}

TEST_F(DoorPiecesTest, NobodyIsAnsweredAfterTheEnd) {
    post("lines", "", lines(kRequestRowsMax), one_);
    intake_.abandon();
    run_posted();
    EXPECT_THAT(one_.statuses, IsEmpty());
}

}  // namespace
}  // namespace millrace::ingest
