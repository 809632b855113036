#pragma once
// MemoryLoop: what an event loop is to one connection, turned by hand: no sockets, threads or time.
//
// Rows go to a journal that confirms them when nothing else is left to do.

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/doors/refusal_log.h"
#include "api/http/connection.h"
#include "api/ingest/ingest_door.h"
#include "api/ingest/loop.h"
#include "api/ingest/unverified_log.h"
#include "core/pipeline/intake.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/fuzz_stream.h"
#include "tests/support/fake_evaluator.h"
#include "tests/support/free_key_homes.h"
#include "tests/support/quiet_journal.h"
#include "tests/support/source_routes.h"

namespace millrace::fuzz {

// Some row batch, and how much the client had been sent when it came: it belongs to the next
// answer.
struct StoredRows {
    std::string csv;
    std::size_t before_answer_at = 0;
};

class MemoryLoop final : private http::ConnectionHost {
public:
    explicit MemoryLoop(config::Limits limits) : limits_(limits) {}
    ~MemoryLoop() override { intake_.abandon(); }

    void set_route(std::shared_ptr<const pipeline::SourceRoute> route) {
        intake_.set_route(shop(), std::move(route));
    }
    void connect(MemoryClient& client) {
        client_ = &client;
        connection_.reset(
            new http::Connection(*this, std::make_unique<MemoryStream>(client), "192.0.2.7"));
        connection_->start();
    }

    // Until nothing is left to do.
    void run() {
        while (run_step() || resume() || client_->step() || journal_.confirm()) {
        }
    }

    // The time of what the connection is watched for has passed; returns what that is.
    std::optional<Deadline> expire() {
        const auto kind = std::exchange(watched_, {});
        if (kind) connection_->expire(*kind);
        return kind;
    }

    bool is_connected() const { return connection_ != nullptr; }
    std::uint64_t memory_taken() const { return memory_.taken(); }
    const std::vector<StoredRows>& stored() const { return journal_.stored; }

private:
    class LateJournal final : public testing_support::QuietJournal {
    public:
        explicit LateJournal(const MemoryLoop& loop) : loop_(loop) {}
        std::uint64_t batch_bytes_max() const override { return 8 << 20; }
        Result<Ticket> submit(RowBatch&& batch) override {
            if (!batch.csv.empty()) {
                stored.push_back({batch.csv, loop_.client_->received().size()});
            }
            waiting_.push_back(std::move(batch));
            return Ticket{.volume = VolumeId("default"), .batch = BatchNumber(1)};
        }
        bool confirm() {
            if (waiting_.empty()) return false;
            const auto batch = std::move(waiting_.front());
            waiting_.pop_front();
            batch.done({});
            return true;
        }
        std::vector<StoredRows> stored;

    private:
        const MemoryLoop& loop_;
        std::deque<RowBatch> waiting_;
    };

    http::Door& door() override { return door_; }
    http::ConnectionCounters& counters() override { return connection_counters_; }
    SteadyTime now() const override { return clock_.steady(); }
    http::Budget& memory() override { return memory_; }
    const http::Limits& limits() const override { return connection_limits_; }
    const http::AnswerHeads& heads() const override { return heads_; }
    bool is_stopping() const override { return false; }
    void watch(http::HostedConnection& connection, Deadline kind) override {
        if (&connection == connection_.get()) watched_ = kind;
    }
    void unwatch(http::HostedConnection& connection) override {
        if (&connection == connection_.get()) watched_.reset();
    }
    void resume_later(http::HostedConnection& /*connection*/) override { to_resume_ = true; }
    void replace(http::HostedConnection& old,
                 std::unique_ptr<http::HostedConnection> next) override {
        check(&old == connection_.get() && replaced_ == nullptr, "replaced twice");
        watched_.reset();
        replaced_ = std::exchange(connection_, std::move(next));
        connection_->start();
    }
    void forget(http::HostedConnection& connection) override {
        if (&connection == replaced_.get()) return replaced_.reset();
        check(&connection == connection_.get(), "forgotten twice");
        to_resume_ = false;
        watched_.reset();
        connection_.reset();
    }

    bool run_step() {
        if (steps_.empty()) return false;
        const auto step = std::move(steps_.front());
        steps_.pop_front();
        step();
        return true;
    }
    bool resume() {
        if (!std::exchange(to_resume_, false)) return false;
        connection_->resume();
        return true;
    }

    const config::Limits limits_;
    const http::Limits connection_limits_ = ingest::connection_limits(limits_);
    const http::AnswerHeads heads_{connection_limits_.idle_time, WallTime{}};
    const std::atomic<bool> leaving_ = false;
    http::Budget memory_{limits_.connection_memory_bytes};
    pipeline::RecordCounters counters_;
    http::ConnectionCounters connection_counters_;
    test::RunningClock clock_;
    test::CountingRng rng_;
    TestRejects rejects_;
    FakeEvaluator evaluator_;
    pipeline::IdempotencyWindow window_{1 << 20};
    testing_support::FreeKeyHomes key_homes_;
    LateJournal journal_{*this};
    std::deque<std::function<void()>> steps_;
    pipeline::Intake intake_{
        {.journal = journal_,
         .clock = clock_,
         .rng = rng_,
         .counters = counters_,
         .rejects = rejects_.queue,
         .window = window_,
         .key_homes = key_homes_,
         .evaluator = evaluator_,
         .request_rows_max = limits_.request_rows,
         .accepting = {},
         .post = [this](std::function<void()> step) { steps_.push_back(std::move(step)); }}};
    doors::RefusalLog refusal_log_{clock_};
    ingest::UnverifiedLog unverified_log_;
    ingest::IngestDoor door_{intake_,
                             {.body_bytes_max = limits_.body_bytes,
                              .decoded_bytes_max = limits_.decoded_bytes,
                              .proxies = {},
                              .refusal_log = refusal_log_,
                              .unverified_log = unverified_log_,
                              .clock = clock_,
                              .public_url = {}},
                             leaving_};
    MemoryClient* client_ = nullptr;
    std::unique_ptr<http::HostedConnection> connection_;
    std::unique_ptr<http::HostedConnection> replaced_;  // until it is forgotten
    bool to_resume_ = false;
    std::optional<Deadline> watched_;
};

}  // namespace millrace::fuzz
