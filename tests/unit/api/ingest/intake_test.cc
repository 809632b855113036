// Goal    what a loop turn hands to the journal, and when who is answered.
// Method  no sockets and no threads: steps that the intake posts run when the test says so, and the
//         journal keeps its batches until the test completes them.

#include "api/ingest/intake.h"

#include <gmock/gmock.h>

#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/fake_evaluator.h"
#include "tests/support/quiet_journal.h"
#include "tests/unit/api/ingest/ingest_fixture.h"

namespace millrace::ingest {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

class ManualJournal final : public testing_support::QuietJournal {
public:
    Result<Ticket> submit(RowBatch&& batch) override {
        if (refusal) return *refusal;
        batches.push_back(std::move(batch));
        return Ticket{.volume = VolumeId("default"), .batch = BatchNumber(batches.size())};
    }
    std::uint64_t batch_bytes_max() const override { return 100; }

    std::vector<std::string> csv() const {
        std::vector<std::string> all;
        for (const auto& batch : batches) all.push_back(batch.csv);
        return all;
    }

    std::optional<Error> refusal;
    std::vector<RowBatch> batches;
};

class RecordingRequester final : public Requester {
public:
    void reply(const Answer& answer) override {
        statuses.push_back(answer.status);
        reply_headers = answer.headers;
        body = answer.body;
    }
    void reply_ok(int status, std::string_view headers) override {
        ok_headers = headers;
        statuses.push_back(status);
        body = "OK";
    }

    std::vector<int> statuses;
    std::string body;
    std::string reply_headers;
    std::string ok_headers;
};

class IntakeTest : public testing::Test {
protected:
    IntakeTest() { serve(true); }

    // A request whose head and body come together.
    void send(const Target& target, const Record& record, RecordingRequester& requester) {
        const auto admitted = intake_.admit(target);
        if (const auto* const refused = std::get_if<Answer>(&admitted)) {
            return requester.reply(*refused);
        }
        intake_.take(std::get<Admission>(admitted), record, requester);
    }
    // A POST with a query and a Content-Type.
    void post(std::string_view records, std::string_view type, std::string_view body,
              RecordingRequester& requester, bool verbose = false) {
        Target target{
            .endpoint = Endpoint::stream, .project = "1", .source = "shop", .secret = kSecret};
        target.verbose = verbose;
        target.records = records;
        const Record record{
            .arrived_at = {}, .client_ip = {}, .headers = {}, .content_type = type, .body = body};
        send(target, record, requester);
    }
    void post_acked(std::string_view ack, RecordingRequester& requester, bool verbose = false) {
        Target target{
            .endpoint = Endpoint::stream, .project = "1", .source = "shop", .secret = kSecret};
        target.ack = ack;
        target.verbose = verbose;
        send(target,
             Record{
                 .arrived_at = {}, .client_ip = {}, .headers = {}, .content_type = {}, .body = "x"},
             requester);
    }
    void serve(bool sync_wait, std::uint32_t mapping = 1) {
        const TestSink sink{.id = "a", .columns = {body_column()}, .sync_wait = sync_wait};
        intake_.set_route(shop(), make_route({sink}, true, mapping), [] {});
    }
    void take(std::string_view body, RecordingRequester& requester) {
        const Target target{.endpoint = Endpoint::stream,
                            .project = "1",
                            .source = "shop",
                            .secret = kSecret,
                            .verbose = false,
                            .records = {}};
        send(
            target,
            Record{
                .arrived_at = {}, .client_ip = {}, .headers = {}, .content_type = {}, .body = body},
            requester);
    }
    // A JSON event with a key.
    void post_keyed(std::string_view key, std::string_view body, RecordingRequester& requester,
                    bool verbose = false) {
        const Target target{.endpoint = Endpoint::stream,
                            .project = "1",
                            .source = "shop",
                            .secret = kSecret,
                            .verbose = verbose,
                            .records = {}};
        const std::vector<RequestHeader> headers = {{.name = "idempotency-key", .value = key}};
        send(target,
             Record{.arrived_at = {},
                    .client_ip = {},
                    .headers = headers,
                    .content_type = "application/json",
                    .body = body},
             requester);
    }
    // Completes the batch that was handed over last.
    void complete(const Result<void>& outcome = {}) {
        journal_.batches.back().done(outcome);
        run_posted();
    }
    // The status of a refusal before the body, 0 for none.
    int refusal_with(std::string_view secret) {
        const Target target{
            .endpoint = Endpoint::stream, .project = "1", .source = "shop", .secret = secret};
        const auto admitted = intake_.admit(target);
        const auto* const refused = std::get_if<Answer>(&admitted);
        return refused == nullptr ? 0 : refused->status;
    }
    void run_posted() {
        while (!posted_.empty()) run_one_posted();
    }
    void run_one_posted() {
        const auto step = std::move(posted_.front());
        posted_.pop_front();
        step();
    }

    pipeline::IdempotencyWindow window_{1 << 20};
    ManualJournal journal_;
    SteadyTestClock clock_;
    CountingRng rng_;
    Counters counters_;
    TestRejects rejects_;
    int asked_ = 0;
    std::deque<std::function<void()>> posted_;
    FakeEvaluator evaluator_;
    Intake intake_{{.journal = journal_,
                    .clock = clock_,
                    .rng = rng_,
                    .counters = counters_,
                    .rejects = rejects_.queue,
                    .window = window_,
                    .evaluator = evaluator_,
                    .accepting =
                        [this] {
                            ++asked_;
                            return Result<void>();
                        },
                    .post = [this](std::function<void()> step) { posted_.push_back(step); }}};
    RecordingRequester one_;
    RecordingRequester two_;
    RecordingRequester three_;
};

TEST_F(IntakeTest, ATurnIsOneBatchAndAsksForTheDiskOnce) {
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

TEST_F(IntakeTest, AnAdmissionHoldsUntilARouteChanges) {
    const Target target{
        .endpoint = Endpoint::stream, .project = "1", .source = "shop", .secret = kSecret};
    const auto admission = std::get<Admission>(intake_.admit(target));
    EXPECT_TRUE(intake_.is_current(admission));
    intake_.set_route(shop(), nullptr);
    EXPECT_FALSE(intake_.is_current(admission));
    EXPECT_FALSE(intake_.is_current(Admission{}));
}

TEST_F(IntakeTest, ATurnGoesOnWhilePollsBringRequests) {
    take("a", one_);
    run_one_posted();  // a poll later
    take("b", two_);
    run_one_posted();
    EXPECT_TRUE(journal_.batches.empty());
    run_one_posted();
    EXPECT_THAT(journal_.csv(), ElementsAre("\"a\"\n\"b\"\n"));
    EXPECT_TRUE(posted_.empty());
}

TEST_F(IntakeTest, ATurnEndsAfterFourPollsAtTheLatest) {
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

TEST_F(IntakeTest, AnswersOnTheLoopWhenItsBatchIsDurable) {
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
TEST_F(IntakeTest, EachRequestIsAnsweredAtTheLevelItAsksFor) {
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

TEST_F(IntakeTest, WithoutBeingAskedTheLevelIsThatOfTheSink) {
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

TEST_F(IntakeTest, AFrameThatIsNotWrittenFailsWhoWaitsForThePageCacheToo) {
    post_acked("cache", one_);
    run_posted();
    journal_.batches[0].done(Error(Code::unavailable, "no room"));
    run_posted();
    EXPECT_THAT(one_.statuses, ElementsAre(503));
}

TEST_F(IntakeTest, AnUnknownLevelIsRefused) {
    post_acked("tape", one_);
    EXPECT_THAT(one_.statuses, ElementsAre(400));
    EXPECT_THAT(one_.body, HasSubstr("Ack must be disk, cache or memory."));
}

TEST_F(IntakeTest, TheReportSaysTheLevelThatWasAskedFor) {
    post_acked("memory", one_, true);
    run_posted();
    EXPECT_THAT(one_.statuses, ElementsAre(202));
    EXPECT_THAT(one_.body, HasSubstr("\"message\": \"accepted\""));
}

TEST_F(IntakeTest, AReceiptNamesTheBatchAndTheSinks) {
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

TEST_F(IntakeTest, WithoutSyncTheAnswerFollowsTheHandOverAndComesOnce) {
    serve(false);
    take("a", one_);
    EXPECT_TRUE(one_.statuses.empty());
    run_posted();
    EXPECT_THAT(one_.statuses, ElementsAre(202));
    journal_.batches[0].done(Error(Code::unavailable, "disk"));
    run_posted();
    EXPECT_THAT(one_.statuses, ElementsAre(202));
}

TEST_F(IntakeTest, ARefusedBatchAnswersEveryRequestOnce) {
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

TEST_F(IntakeTest, RowsThatDoNotFitBeginTheNextBatch) {
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

TEST_F(IntakeTest, RowsThatFitNoBatchAreTooLargeAndHarmNobodyElse) {
    take("a", one_);
    take(std::string(98, 'x'), two_);
    EXPECT_THAT(two_.statuses, ElementsAre(413));
    EXPECT_THAT(two_.body, HasSubstr("stream.in.payloadTooLarge"));
    run_posted();
    EXPECT_THAT(journal_.csv(), ElementsAre("\"a\"\n"));
}

TEST_F(IntakeTest, ARefusedHandOverInTheMiddleOfARequestAnswersLater) {
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

TEST_F(IntakeTest, AChangedRouteQueuesTheRowsOfTheOldOneAhead) {
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

TEST_F(IntakeTest, TheQueryThenTheContentTypeThenTheSourceSaysWhatARecordIs) {
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
        intake_.set_route(shop(), route, [] {});
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

TEST_F(IntakeTest, ABatchIsAnsweredOnceAndCountedByRecord) {
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

TEST_F(IntakeTest, ARequestWaitsForItsTemplates) {
    evaluator_.held = true;
    intake_.set_route(shop(), make_route({{.id = "a", .columns = {template_column("std.t")}}}),
                      [] {});
    {
        std::string body = "{}";
        post("", "application/json", body, one_);
        body = "overwritten";
    }
    post("lines", "", "1\n2\n", two_);
    run_posted();
    EXPECT_TRUE(journal_.batches.empty());
    ASSERT_EQ(evaluator_.waiting.size(), 2U);
    EXPECT_EQ(evaluator_.waiting[0].records[0].body, "{}");
    EXPECT_TRUE(evaluator_.waiting[0].records[0].is_json);
    EXPECT_EQ(evaluator_.waiting[1].records.size(), 2U);

    evaluator_.answer_next();
    evaluator_.answer_next();
    run_posted();
    ASSERT_THAT(journal_.csv(), ElementsAre("\"std.t\"\n\"std.t\"\n\"std.t\"\n"));
    journal_.batches[0].done({});
    run_posted();
    EXPECT_THAT(one_.statuses, ElementsAre(200));
    EXPECT_THAT(two_.statuses, ElementsAre(200));
    EXPECT_EQ(counters_.accepted.value(), 3U);
}

TEST_F(IntakeTest, ATemplateThatFailsTakesNothingFromOtherSinks) {
    intake_.set_route(shop(),
                      make_route({{.id = "a", .columns = {template_column("error 'bad'")}},
                                  {.id = "b", .columns = {body_column()}}}),
                      [] {});
    post("", "application/json", "{}", one_);
    run_posted();
    EXPECT_THAT(journal_.csv(), ElementsAre("\"{}\"\n"));
    journal_.batches[0].done({});
    run_posted();
    EXPECT_THAT(one_.statuses, ElementsAre(422));
    EXPECT_THAT(one_.body, HasSubstr("Column \\\"t\\\": bad."));
}

TEST_F(IntakeTest, WhatTheEvaluatorCannotTakeIs503ForItsSinkAlone) {
    evaluator_.refusal = Error(Code::overloaded, "Too many.").named("stream.in.templatesBusy");
    intake_.set_route(shop(),
                      make_route({{.id = "a", .columns = {template_column("std.t")}},
                                  {.id = "b", .columns = {body_column()}}}),
                      [] {});
    post("", "application/json", "1", one_);
    post("lines", "", "2\n3\n", two_);
    run_posted();
    EXPECT_THAT(journal_.csv(), ElementsAre("\"1\"\n\"2\"\n\"3\"\n"));
    journal_.batches[0].done({});
    run_posted();
    EXPECT_THAT(one_.statuses, ElementsAre(503));
    EXPECT_THAT(one_.body, HasSubstr("stream.in.templatesBusy"));
    EXPECT_THAT(two_.statuses, ElementsAre(503));
    EXPECT_EQ(counters_.rejected.value(), 3U);
}

TEST_F(IntakeTest, AnEvaluatorThatIsBusyIsNotAskedAndNothingParks) {
    evaluator_.busy = true;
    intake_.set_route(shop(),
                      make_route({{.id = "a", .columns = {template_column("std.t")}},
                                  {.id = "b", .columns = {body_column()}}}),
                      [] {});
    post("", "application/json", "1", one_);
    EXPECT_TRUE(evaluator_.waiting.empty());
    run_posted();
    EXPECT_THAT(journal_.csv(), ElementsAre("\"1\"\n"));
    journal_.batches[0].done({});
    run_posted();
    EXPECT_THAT(one_.statuses, ElementsAre(503));
    EXPECT_THAT(one_.body, HasSubstr("stream.in.templatesBusy"));
}

// Goal    a change of the source is served only when all rows of the old mapping are handed over.
// Method  park requests by the old route, change it, and look at the order of rows and notice.
TEST_F(IntakeTest, AChangeWaitsForRequestsThatWereParkedBeforeIt) {
    evaluator_.held = true;
    intake_.set_route(shop(), make_route({{.id = "a", .columns = {template_column("std.t")}}}),
                      [] {});
    post("", "application/json", "{}", one_);
    post("", "application/json", "{}", two_);
    std::vector<std::size_t> batches_when_served;
    const auto note = [&] { batches_when_served.push_back(journal_.batches.size()); };
    intake_.set_route(
        shop(), make_route({{.id = "a", .columns = {template_column("std.u")}}}, true, 2), note);
    post("", "application/json", "{}", three_);

    evaluator_.answer_next();
    run_posted();
    EXPECT_TRUE(batches_when_served.empty());
    evaluator_.answer_next();
    run_posted();
    EXPECT_THAT(batches_when_served, ElementsAre(2U));
    EXPECT_EQ(journal_.batches[1].groups[0].sink.mapping, MappingVersion(1));
    evaluator_.answer_next();
    run_posted();
    EXPECT_EQ(journal_.batches[2].groups[0].sink.mapping, MappingVersion(2));
}

TEST_F(IntakeTest, AValueThatComesAfterTheEndIsNobodys) {
    evaluator_.held = true;
    intake_.set_route(shop(), make_route({{.id = "a", .columns = {template_column("std.t")}}}),
                      [] {});
    post("", "application/json", "{}", one_);
    bool served = false;
    intake_.set_route(shop(), nullptr, [&] { served = true; });
    EXPECT_FALSE(served);
    intake_.abandon();
    EXPECT_TRUE(served);
    evaluator_.answer_next();
    run_posted();
    EXPECT_TRUE(one_.statuses.empty());
}

TEST_F(IntakeTest, ABadLineIsNamedAndNothingOfTheRequestIsWritten) {
    intake_.set_route(shop(), make_route({{.id = "a", .columns = {path_column("a")}}}), [] {});
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
}

TEST_F(IntakeTest, SkippedRecordsLeaveTheStatusAndAreNamed) {
    intake_.set_route(shop(),
                      make_route({{.id = "a", .columns = {path_column("a")}}}, true, 1,
                                 {.bad_records = BadRecords::skip}),
                      [] {});
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
}

TEST_F(IntakeTest, RowsOfABatchStayTogetherAndItsLimitIsThatOfTheJournal) {
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
}

TEST_F(IntakeTest, AKeptRecordIsAcceptedWhenItsStoreAndTheJournalHaveSpoken) {
    const auto route =
        make_route({{.id = "a", .columns = {body_column()}},
                    {.id = "b", .columns = {path_column("b")}, .rejects = keeping()}});
    intake_.set_route(shop(), route);
    post("", "application/json", "{}", one_);
    post("", "application/json", "{}", two_, true);
    run_posted();
    ASSERT_EQ(journal_.batches.size(), 1U);
    journal_.batches[0].done({});
    run_posted();
    EXPECT_TRUE(one_.statuses.empty()) << "the reject is not durable yet";
    rejects_.executor.run_ready();
    EXPECT_TRUE(one_.statuses.empty()) << "answered on the store's thread";
    run_posted();
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

    post("", "application/json", "{}", three_);  // now the store is first
    run_posted();
    rejects_.executor.run_ready();
    run_posted();
    EXPECT_TRUE(three_.statuses.empty());
    journal_.batches[1].done({});
    run_posted();
    EXPECT_THAT(three_.statuses, ElementsAre(200));
}

TEST_F(IntakeTest, ARecordThatIsOnlyKeptIsAnsweredWithoutTheJournal) {
    intake_.set_route(
        shop(), make_route({{.id = "a", .columns = {path_column("a")}, .rejects = keeping(1)}}));
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
                          "rejects of the sink are full, or storing them failed."));
    EXPECT_EQ(counters_.accepted.value(), 1U);
    EXPECT_EQ(counters_.rejected.value(), 1U);
}

TEST_F(IntakeTest, ARejectThatIsNotKeptIsRefusedAndTheOtherSinksHaveTheirRows) {
    rejects_.store.failure = Error(Code::unavailable, "disk");
    intake_.set_route(
        shop(), make_route({{.id = "a", .columns = {body_column()}},
                            {.id = "b", .columns = {path_column("b")}, .rejects = keeping()}}));
    post("", "application/json", "{}", one_);
    run_posted();
    journal_.batches.at(0).done({});
    rejects_.executor.run_ready();
    run_posted();
    EXPECT_THAT(one_.statuses, ElementsAre(422));
    EXPECT_THAT(one_.body, HasSubstr("Written to 1/2 sinks."));
    EXPECT_EQ(counters_.rejected.value(), 1U);
}

TEST_F(IntakeTest, AFailedJournalAnswersOnceThoughTheRejectIsKept) {
    intake_.set_route(
        shop(), make_route({{.id = "a", .columns = {body_column()}},
                            {.id = "b", .columns = {path_column("b")}, .rejects = keeping()}}));
    post("", "application/json", "{}", one_);
    post("", "application/json", "{}", two_);
    run_posted();
    journal_.batches.at(0).done(Error(Code::unavailable, "disk"));
    run_posted();
    rejects_.executor.run_ready();
    run_posted();
    EXPECT_THAT(one_.statuses, ElementsAre(503));
    EXPECT_THAT(two_.statuses, ElementsAre(503));
    EXPECT_EQ(counters_.failed.value(), 2U);
    EXPECT_EQ(counters_.accepted.value(), 0U);
}

TEST_F(IntakeTest, ABatchKeepsItsBadRecords) {
    intake_.set_route(
        shop(), make_route({{.id = "a", .columns = {path_column("a")}, .rejects = keeping(1)}}));
    post("lines", "", "{\"a\":1}\n{}\n", one_, true);
    post("lines", "", "{\"a\":2}\n{}\n", two_);
    run_posted();
    ASSERT_EQ(journal_.batches.size(), 1U);
    journal_.batches[0].done({});
    rejects_.executor.run_ready();
    run_posted();
    EXPECT_THAT(one_.statuses, ElementsAre(200));
    EXPECT_THAT(one_.body, HasSubstr(R"("message": "processed",
          "accepted": 2,
          "rejected": 0,
          "kept": 1,
          "warnings": [)"));
    EXPECT_THAT(two_.statuses, ElementsAre(422));
    EXPECT_THAT(two_.body, HasSubstr("Line 2: column"));
    EXPECT_THAT(two_.body,
                HasSubstr("\"accepted\": 1,\n          \"rejected\": 1,\n          \"errors\""));
    EXPECT_THAT(journal_.csv(), ElementsAre("\"1\"\n\"2\"\n"));
    EXPECT_EQ(counters_.accepted.value(), 3U);
    EXPECT_EQ(counters_.rejected.value(), 1U);
}

TEST_F(IntakeTest, AKeyedRequestIsWrittenOnceAndAnsweredAgain) {
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
    EXPECT_EQ(kept.expires_at, clock_.wall() + std::chrono::hours(24));

    complete();
    EXPECT_THAT(one_.statuses, ElementsAre(200));
    EXPECT_EQ(kept.answer.body, one_.body);
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
}

TEST_F(IntakeTest, AKeyIsFreeAgainWhereNothingWasWritten) {
    intake_.set_route(shop(), make_route({{.id = "a", .columns = {path_column("a")}}}));
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

TEST_F(IntakeTest, ABadKeyIsABadRequest) {
    post_keyed("a b", "{}", one_);
    EXPECT_THAT(one_.statuses, ElementsAre(400));
    EXPECT_THAT(one_.body, HasSubstr("stream.in.badRequest"));
    EXPECT_THAT(one_.body, HasSubstr("The header Idempotency-Key must be 1 to 255 visible"));
    run_posted();
    EXPECT_TRUE(journal_.batches.empty());
}

TEST_F(IntakeTest, WithoutSyncAKeyIsInFlightUntilItsRowsAreDurable) {
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

TEST_F(IntakeTest, AKeyIsRememberedThoughNobodyWaitsAnyMore) {
    post_keyed("k", "{}", one_);
    run_posted();
    intake_.abandon();
    complete();
    EXPECT_TRUE(one_.statuses.empty());
    EXPECT_EQ(window_.totals().keys, 1U);
}

TEST_F(IntakeTest, AParkedRequestHasItsKeyInFlight) {
    evaluator_.held = true;
    intake_.set_route(shop(), make_route({{.id = "a", .columns = {template_column("std.t")}}}));
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

TEST_F(IntakeTest, OfAKeyedRequestTheRejectsAreKeptBeforeItsRowsAreHandedOver) {
    const auto route =
        make_route({{.id = "a", .columns = {body_column()}},
                    {.id = "b", .columns = {path_column("b")}, .rejects = keeping(1)}});
    intake_.set_route(shop(), route);
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

TEST_F(IntakeTest, AKeyedRecordThatIsOnlyKeptHasItsAnswerInTheJournal) {
    intake_.set_route(
        shop(), make_route({{.id = "a", .columns = {path_column("a")}, .rejects = keeping(1)}}));
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

TEST_F(IntakeTest, NobodyIsAnsweredAfterAbandon) {
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

TEST_F(IntakeTest, ARetiredSecretOpensTheSourceUntilItsTime) {
    const std::string old(48, 'o');
    const auto retire_until = [&](WallTime until) {
        intake_.set_route(shop(), make_route({}, true, 1, {},
                                             RetiredSecret{.secret = Secret(old), .until = until}));
    };
    EXPECT_EQ(refusal_with(old), 404);
    const auto now = clock_.wall();  // the clock stands still
    retire_until(now + Milliseconds(1));
    EXPECT_EQ(refusal_with(old), 0);
    EXPECT_EQ(refusal_with(kSecret), 0);
    EXPECT_EQ(refusal_with(std::string(48, 'x')), 404);
    retire_until(now);
    EXPECT_EQ(refusal_with(old), 404);
    EXPECT_EQ(refusal_with(kSecret), 0);
}

// The rate is that of the source, whoever sends, and a batch counts with all its records.
TEST_F(IntakeTest, ASourceOverItsRateIsToldWhenToComeBack) {
    auto route = make_route({{.id = "a", .columns = {body_column()}}});
    const auto limited = std::make_shared<pipeline::SourceRoute>(pipeline::SourceRoute{
        .key = route->key,
        .secret = route->secret,
        .rates = std::make_shared<policy::SourceRates>(4, 0),
        .sinks = route->sinks,
        .mapper = mapping::SourceMapper::compile({{body_column()}}, {}).value()});
    intake_.set_route(shop(), limited);
    RecordingRequester requester;
    std::string lines;
    for (int i = 0; i < 15; ++i) lines += "{}\n";
    post("lines", "", lines, requester);
    EXPECT_TRUE(requester.statuses.empty()) << "let in, and waits for the journal";

    Target target;
    target.endpoint = Endpoint::stream;
    target.project = "1";
    target.source = "shop";
    target.secret = kSecret;
    const auto admitted = intake_.admit(target);
    const auto* const refused = std::get_if<Answer>(&admitted);
    ASSERT_NE(refused, nullptr);
    EXPECT_EQ(refused->status, 429);
    EXPECT_THAT(refused->body, HasSubstr("stream.in.rateLimited"));
    EXPECT_THAT(refused->headers, HasSubstr("Retry-After: 3\r\n"));
    EXPECT_THAT(refused->headers, HasSubstr("RateLimit-Limit: 4\r\nRateLimit-Remaining: 0\r\n"));
    EXPECT_EQ(counters_.rate_limited.value(), 1);
}

}  // namespace
}  // namespace millrace::ingest
