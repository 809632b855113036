// Goal    what a loop turn hands to the journal, and when who is answered.
// Method  no sockets and no threads: steps that the intake posts run when the test says so, and the
//         journal keeps its batches until the test completes them.

#include "api/ingest/intake.h"

#include <gmock/gmock.h>

#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "tests/unit/api/ingest/ingest_fixture.h"

namespace millrace::ingest {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class ManualJournal final : public Journal {
public:
    Result<void> submit(RowBatch&& batch) override {
        if (refusal) return *refusal;
        batches.push_back(std::move(batch));
        return {};
    }
    std::uint64_t batch_bytes_max() const override { return 100; }
    std::vector<OpenFile> open_files() const override { return {}; }
    std::vector<OpenSlice> local_slices() const override { return {}; }
    void slice_recorded(SliceId /*slice*/) override {}
    void close_slice(SliceId /*slice*/) override {}
    void close_file(FileId /*file*/) override {}
    void close_versions(SinkNumber /*sink*/, MappingVersion /*below*/,
                        std::function<void()> done) override {
        done();
    }
    void checkpoint(std::function<void(const Result<void>&)> done) override { done({}); }
    Result<void> health() const override { return {}; }

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
        body = answer.body;
    }
    void reply_ok(int status) override {
        statuses.push_back(status);
        body = "OK";
    }

    std::vector<int> statuses;
    std::string body;
};

class IntakeTest : public testing::Test {
protected:
    IntakeTest() { serve(true); }

    void serve(bool sync_wait, std::uint32_t mapping = 1) {
        const TestSink sink{.id = "a", .columns = {body_column()}, .sync_wait = sync_wait};
        intake_.set_route(shop(), make_route({sink}, true, mapping));
    }
    void take(std::string_view body, RecordingRequester& requester) {
        const Target target{.endpoint = Endpoint::stream,
                            .project = "1",
                            .source = "shop",
                            .secret = kSecret,
                            .verbose = false};
        EXPECT_FALSE(intake_.refusal(target));
        intake_.take(
            target,
            Record{
                .arrived_at = {}, .client_ip = {}, .headers = {}, .content_type = {}, .body = body},
            requester);
    }
    void run_posted() {
        while (!posted_.empty()) {
            const auto step = std::move(posted_.front());
            posted_.pop_front();
            step();
        }
    }

    ManualJournal journal_;
    SteadyTestClock clock_;
    CountingRng rng_;
    Counters counters_;
    int asked_ = 0;
    std::deque<std::function<void()>> posted_;
    Intake intake_{{.journal = journal_,
                    .clock = clock_,
                    .rng = rng_,
                    .counters = counters_,
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

}  // namespace
}  // namespace millrace::ingest
