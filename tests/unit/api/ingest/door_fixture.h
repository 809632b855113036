#pragma once
// The door and its intake without sockets and threads: steps that are posted run when the test says
// so, and the journal keeps its batches until the test completes them.

#include <gmock/gmock.h>

#include <deque>
#include <functional>
#include <new>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/doors/door_answer.h"
#include "api/ingest/outcome_answer.h"
#include "api/ingest/stream_url.h"
#include "core/pipeline/intake.h"
#include "tests/support/fake_evaluator.h"
#include "tests/support/free_key_homes.h"
#include "tests/support/quiet_journal.h"
#include "tests/support/source_routes.h"

namespace millrace::ingest {

inline constexpr std::uint64_t kRequestRowsMax = 5000;

class ManualJournal final : public testing_support::QuietJournal {
public:
    explicit ManualJournal(std::uint64_t batch_bytes_max) : batch_bytes_max_(batch_bytes_max) {}
    Result<Ticket> submit(RowBatch&& batch) override {
        if (throws) throw std::bad_alloc();
        if (refusal) return *refusal;
        batches.push_back(std::move(batch));
        return Ticket{.volume = VolumeId("default"), .batch = BatchNumber(batches.size())};
    }
    std::uint64_t batch_bytes_max() const override { return batch_bytes_max_; }

    std::vector<std::string> csv() const {
        std::vector<std::string> all;
        for (const auto& batch : batches) all.push_back(batch.csv);
        return all;
    }

    bool throws = false;
    std::optional<Error> refusal;
    std::vector<RowBatch> batches;

private:
    const std::uint64_t batch_bytes_max_;
};

// A client of the door, without its connection.
class RecordingRequester final : public http::ResponseWriter, public pipeline::Listener {
public:
    void reply(const http::Answer& answer) override {
        statuses.push_back(answer.status);
        reply_headers = answer.headers;
        body = answer.body;
        if (on_reply) std::exchange(on_reply, nullptr)();
    }
    void reply_ok(int status, std::string_view headers) override {
        ok_headers = headers;
        statuses.push_back(status);
        body = "OK";
    }
    void allow_scripts(std::string_view /*exposed_headers*/) override {}
    void resume_body() override {}

    void ended(const pipeline::Request& request, const pipeline::Place& place) override {
        answer_outcome(*this, request, place, verbose, receipts_);
    }
    std::string to_remember(const pipeline::Request& request) override {
        return outcome_to_remember(request, verbose);
    }
    std::uint64_t replayed(const std::string& remembered) override {
        return answer_again(*this, remembered);
    }
    void probed(const Result<void>& ready) {
        reply(ready.ok() ? http::text_answer(200, "OK\n") : doors::error_answer(ready.error()));
    }

    bool verbose = false;
    std::function<void()> on_reply;  // to the next answer; a connection takes its next request
    std::vector<int> statuses;
    std::string body;
    std::string reply_headers;
    std::string ok_headers;

private:
    doors::ReceiptLines receipts_;
};

class DoorTest : public testing::Test {
protected:
    explicit DoorTest(std::uint64_t batch_bytes_max = 100) : journal_(batch_bytes_max) {
        serve(true);
    }

    // A request whose head and body come together.
    void send(const StreamUrl& url, const Record& record, RecordingRequester& requester) {
        const auto admitted = intake_.admit(ProjectId(1), url.source, url.secret);
        if (!admitted.ok()) return requester.reply(doors::error_answer(admitted.error()));
        if (const auto& over = admitted.value().over_rate) {
            return requester.reply(doors::too_many_records(*over));
        }
        const auto wishes = wishes_of(url);
        if (!wishes.ok()) return requester.reply(doors::error_answer(wishes.error()));
        requester.verbose = url.verbose;
        intake_.submit(admitted.value(), record, wishes.value(), requester);
    }
    void probe(RecordingRequester& requester) {
        intake_.ask_ready([&requester](const Result<void>& ready) { requester.probed(ready); });
    }
    // A POST with a query and a Content-Type.
    void post(std::string_view records, std::string_view type, std::string_view body,
              RecordingRequester& requester, bool verbose = false) {
        StreamUrl target{
            .endpoint = Endpoint::stream, .project = "1", .source = "shop", .secret = kSecret};
        target.verbose = verbose;
        target.records = records;
        const Record record{
            .arrived_at = {}, .client_ip = {}, .headers = {}, .content_type = type, .body = body};
        send(target, record, requester);
    }
    void post_acked(std::string_view ack, RecordingRequester& requester, bool verbose = false) {
        StreamUrl target{
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
        serve(make_route({sink}, true, mapping));
    }
    void serve(std::shared_ptr<const pipeline::SourceRoute> route) {
        route_ = std::move(route);
        intake_.set_route(shop(), route_, [] {});
    }
    // Of the sink in the route that is served.
    pipeline::SinkCounts counts_of(std::string_view id) const {
        for (const auto& sink : route_->sinks) {
            if (sink.sink.value == id) return sink.counters->counts();
        }
        return {};
    }
    void take(std::string_view body, RecordingRequester& requester) {
        const StreamUrl target{.endpoint = Endpoint::stream,
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
        const StreamUrl target{.endpoint = Endpoint::stream,
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
    // Whether a request with that secret is let in.
    bool opens(std::string_view secret) {
        const auto admitted = intake_.admit(ProjectId(1), "shop", secret);
        if (admitted.ok()) return true;
        EXPECT_EQ(admitted.error().name(), "stream.in.noSourceFound");
        return false;
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
    testing_support::FreeKeyHomes key_homes_;
    ManualJournal journal_;
    test::RunningClock clock_;
    test::CountingRng rng_;
    pipeline::RecordCounters counters_;
    TestRejects rejects_;
    int asked_ = 0;
    std::shared_ptr<const pipeline::SourceRoute> route_;
    std::deque<std::function<void()>> posted_;
    FakeEvaluator evaluator_;
    std::optional<Error> place_refusal_;  // of the volume that alone takes rows of a source
    pipeline::Intake intake_{
        {.journal = journal_,
         .clock = clock_,
         .rng = rng_,
         .counters = counters_,
         .rejects = rejects_.queue,
         .window = window_,
         .key_homes = key_homes_,
         .evaluator = evaluator_,
         .request_rows_max = kRequestRowsMax,
         .accepting =
             [this] {
                 ++asked_;
                 return Result<void>();
             },
         .accepting_of = [this](const SourceId&) -> Result<void> {
             if (place_refusal_) return *place_refusal_;
             return {};
         },
         .post = [this](std::function<void()> step) { posted_.push_back(step); }}};
    RecordingRequester one_;
    RecordingRequester two_;
    RecordingRequester three_;
};

}  // namespace millrace::ingest
