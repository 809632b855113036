// What instructions.py counts: events through the real event loop, on one thread, one turn after
// the other.
//
//     perf_events single|lines     sends the events and checks every answer; ends with 0 if all
//     were stored perf_events toolchain        says as JSON what the number of instructions depends
//     on, but for the code
//
// Everything is there but the journal's own thread: sockets on loopback, Asio, parser, intake,
// mapping. All connections send before the loop has its turn, as under load. serve() is all that is
// counted, so that the sender's part is not.

#include <fmt/format.h>
#include <gnu/libc-version.h>
#include <simdjson.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "api/doors/refusal_log.h"
#include "api/ingest/loop.h"
#include "api/ingest/public_url_log.h"
#include "core/base/check.h"
#include "storage/os/system_rng.h"
#include "tests/support/fake_evaluator.h"
#include "tests/support/free_key_homes.h"
#include "tests/support/quiet_journal.h"
#include "tests/support/source_routes.h"
#include "tests/unit/api/ingest/raw_client.h"

// Has its name for callgrind's --toggle-collect.
extern "C" [[gnu::noinline]] void serve(millrace::http::EventLoop& loop) {
    loop.io().poll();
}

namespace millrace::ingest {
namespace {

constexpr int kWarmUpTurns = 20;  // until buffers and tables have their sizes
constexpr int kTurns = 100;

// The event and the columns of bench/load.
constexpr std::string_view kEvent =
    R"({"id":"evt-01J8Z4Q8J6K2M9","type":"order.created","customer":{"id":184467,"city":"Brno"},)"
    R"("total":{"amount":1234.5,"currency":"CZK"},"items":[{"sku":"AB-1029","qty":2}],)"
    R"("note":"left at the door, call first left at the door, call "})";
static_assert(kEvent.size() == 230);

struct Load {
    std::size_t connections;
    std::size_t events_per_request;
    std::string_view content_type;
};
constexpr Load kSingle{
    .connections = 16, .events_per_request = 1, .content_type = "application/json"};
constexpr Load kLines{
    .connections = 4, .events_per_request = 100, .content_type = "application/x-ndjson"};

// Takes everything at once and counts it.
class CountingJournal final : public testing_support::QuietJournal {
public:
    std::uint64_t batch_bytes_max() const override { return 8 << 20; }
    Result<Ticket> submit(RowBatch&& batch) override {
        for (const auto& group : batch.groups) rows += group.rows;
        batch.done({});
        return Ticket{.volume = VolumeId("default"), .batch = BatchNumber(rows)};
    }

    std::uint64_t rows = 0;
};

Column column(ColumnType type, std::string name, std::string path = "", bool raw_string = true) {
    Column column;
    column.type = type;
    column.name = std::move(name);
    column.path = std::move(path);
    column.raw_string = raw_string;
    return column;
}

std::vector<Column> columns() {
    return {column(ColumnType::uuid, "row_id"),
            column(ColumnType::datetime, "at"),
            column(ColumnType::path, "id", "id"),
            column(ColumnType::path, "type", "type"),
            column(ColumnType::path, "customer", "customer.id", false),
            column(ColumnType::path, "amount", "total.amount", false),
            column(ColumnType::path, "sku", "items[0].sku"),
            column(ColumnType::path, "note", "note")};
}

std::string request_of(const Load& load) {
    std::string body(kEvent);
    for (std::size_t i = 1; i < load.events_per_request; ++i) body += "\n" + std::string(kEvent);
    return fmt::format(
        "POST /stream/1/shop/{} HTTP/1.1\r\nHost: 127.0.0.1:7000\r\nContent-Type: {}\r\n"
        "Content-Length: {}\r\n\r\n{}",
        kSecret, load.content_type, body.size(), body);
}

class Driver {
public:
    Driver() {
        const auto endpoint = http::find_endpoint("127.0.0.1", 0);
        check(endpoint.ok(), "no address to listen on");
        auto acceptor = http::listen(loop_.io(), endpoint.value(), false);
        check(acceptor.ok(), "cannot listen");
        port_ = endpoint.value().port();
        loop_.serve(std::move(acceptor).value());
        ingest_.set_route(shop(), make_route({{.id = "all", .columns = columns()}}));
    }
    ~Driver() {
        loop_.stop(Milliseconds{0});
        loop_.run();
    }

    void run(const Load& load) {
        const auto request = request_of(load);
        std::vector<std::unique_ptr<RawClient>> clients;
        for (std::size_t i = 0; i < load.connections; ++i) {
            clients.push_back(std::make_unique<RawClient>(port_));
        }
        for (int turn = 0; turn < kWarmUpTurns; ++turn) {
            take_turn(clients, request, [this] { loop_.io().poll(); });
        }
        for (int turn = 0; turn < kTurns; ++turn) {
            take_turn(clients, request, [this] { serve(loop_); });
        }
        const auto events = (kWarmUpTurns + kTurns) * load.connections * load.events_per_request;
        check(journal_.rows == events, "{} rows of {} events", journal_.rows, events);
    }

private:
    template <typename Serve>
    void take_turn(std::vector<std::unique_ptr<RawClient>>& clients, std::string_view request,
                   const Serve& serve_some) {
        const auto answered = counters().value() + clients.size();
        const auto deadline = clock_.steady() + std::chrono::seconds(20);
        for (auto& client : clients) client->send(request);
        while (counters().value() < answered) {
            check(clock_.steady() < deadline, "no answer");
            serve_some();
        }
        for (auto& client : clients) {
            const auto status = client->read_answer().status;
            check(status == 200, "answered {}", status);
        }
    }
    const Counter& counters() const { return loop_.read_counters().requests[200]; }

    CountingJournal journal_;
    test::RunningClock clock_;
    TestRejects rejects_;
    FakeEvaluator evaluator_;
    pipeline::IdempotencyWindow window_{1 << 20};
    testing_support::FreeKeyHomes key_homes_;
    http::Budget connections_{100};
    http::Budget memory_{256 << 20};
    http::AddressShares addresses_{{}};
    std::atomic<bool> leaving_ = false;
    doors::RefusalLog refusal_log_{clock_};
    UnverifiedLog unverified_log_;
    PublicUrlLog public_url_log_{""};
    IngestLoop ingest_{{.journal = journal_,
                        .clock = clock_,
                        .rejects = rejects_.queue,
                        .window = window_,
                        .key_homes = key_homes_,
                        .evaluator = evaluator_,
                        .rng = std::make_unique<os::SystemRng>(),
                        .limits = {},
                        .proxies = {},
                        .connections = connections_,
                        .memory = memory_,
                        .addresses = addresses_,
                        .refusal_log = refusal_log_,
                        .unverified_log = unverified_log_,
                        .public_url = {},
                        .public_url_log = public_url_log_,
                        .leaving = leaving_,
                        .accepting = {}}};
    http::EventLoop& loop_ = ingest_.loop();
    std::uint16_t port_ = 0;
};

int run(std::string_view what) {
    if (what == "single" || what == "lines") {
        const auto& load = what == "single" ? kSingle : kLines;
        Driver().run(load);
        std::printf("%zu\n", kTurns * load.connections * load.events_per_request);
        return 0;
    }
    if (what == "toolchain") {
        fmt::print(R"({{"compiler": "{} {}", "libc": "{}", "simdjson": "{}.{} {}"}})"
                   "\n",
#ifdef __clang__
                   "clang++", __VERSION__,
#else
                   "g++", __VERSION__,
#endif
                   gnu_get_libc_version(), int{simdjson::SIMDJSON_VERSION_MAJOR},
                   int{simdjson::SIMDJSON_VERSION_MINOR},
                   simdjson::get_active_implementation()->name());
        return 0;
    }
    std::fprintf(stderr, "Usage: perf_events single|lines|toolchain\n");
    return 2;
}

}  // namespace
}  // namespace millrace::ingest

int main(int argc, char** argv) {
    return millrace::ingest::run(argc == 2 ? argv[1] : "");
}
