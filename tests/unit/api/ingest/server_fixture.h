#pragma once
// ServerFixture: a real data plane on a loopback port with a journal in memory.

#include <gmock/gmock.h>

#include <atomic>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "api/ingest/ingest_server.h"
#include "tests/support/fake_evaluator.h"
#include "tests/support/free_key_homes.h"
#include "tests/support/source_routes.h"
#include "tests/unit/api/ingest/held_journal.h"
#include "tests/unit/api/ingest/raw_client.h"

namespace millrace::ingest {

inline const std::string kPath = "/stream/1/shop/" + kSecret;

inline std::string post(std::string_view path, std::string_view body,
                        std::string_view headers = "") {
    return "POST " + std::string(path) + " HTTP/1.1\r\nHost: x\r\n" + std::string(headers) +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

class ServerFixture : public testing::Test {
protected:
    ~ServerFixture() override { server_.reset(); }

    std::uint16_t start(std::vector<TestSink> sinks = {{.id = "all", .columns = {body_column()}}},
                        std::uint32_t threads = 1) {
        make(threads);
        publish(make_route(std::move(sinks)));
        return run();
    }
    void make(std::uint32_t threads) {
        server_ = std::make_unique<IngestServer>(
            IngestParts{.journal = journal_,
                        .clock = clock_,
                        .rejects = rejects_.queue,
                        .window = window_,
                        .key_homes = key_homes_,
                        .evaluator = evaluator_,
                        .make_rng = [] { return std::make_unique<test::CountingRng>(); },
                        .accepting = accepting_,
                        .limits = limits_,
                        .listen = {.host = "127.0.0.1", .port = 0},
                        .threads = threads,
                        .proxies = proxies_,
                        .tls = nullptr,
                        .public_url = {},
                        .has_proxy_heads = has_proxy_heads_,
                        .wrong_secrets = wrong_secrets_});
    }
    std::uint16_t run() {
        auto port = server_->bind();
        server_->start();
        EXPECT_TRUE(port.ok());
        port_ = port.value();
        return port_;
    }
    void publish(std::shared_ptr<const pipeline::SourceRoute> route) {
        server_->publish(shop(), std::move(route), nullptr);
    }
    void publish_and_wait(std::shared_ptr<const pipeline::SourceRoute> route) {
        std::promise<void> served;
        server_->publish(shop(), std::move(route), [&] { served.set_value(); });
        served.get_future().wait();
    }
    // Until `reached` says so of the server's counters.
    template <typename Reached>
    void wait_for(const Reached& reached) {
        const auto deadline = clock_.steady() + std::chrono::seconds(20);
        while (!reached(server_->counters()) && clock_.steady() < deadline) {
            std::this_thread::yield();
        }
        EXPECT_TRUE(reached(server_->counters()));
    }
    // The connection that was given bad input ends or goes on; a new one is always served.
    void expect_service_goes_on() {
        RawClient client(port_);
        EXPECT_EQ(client.ask("GET /health-check HTTP/1.1\r\n\r\n").status, 200);
    }

    pipeline::IdempotencyWindow window_{1 << 20};
    testing_support::FreeKeyHomes key_homes_;
    FakeEvaluator evaluator_;
    HeldJournal journal_;
    test::RunningClock clock_;
    TestRejects rejects_;
    config::Limits limits_;
    Proxies proxies_;
    bool has_proxy_heads_ = false;
    access::WrongTokens* wrong_secrets_ = nullptr;
    std::atomic<bool> disk_full_ = false;
    std::function<Result<void>()> accepting_;
    std::unique_ptr<IngestServer> server_;
    std::uint16_t port_ = 0;
};

}  // namespace millrace::ingest
