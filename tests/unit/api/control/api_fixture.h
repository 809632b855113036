#pragma once
// ApiTest: the whole control plane behind a real HTTP server on a free port, over fake ports.

#include <gtest/gtest.h>
#include <httplib.h>

#include <atomic>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>

#include "api/control/control_plane.h"
#include "api/control/server.h"
#include "tests/support/fake_evaluator.h"
#include "tests/support/memory_rejects.h"
#include "tests/unit/api/control/fakes.h"

namespace millrace::control {

struct Answer {
    int status = 0;
    std::string body;
    httplib::Headers headers;

    nlohmann::json json() const { return nlohmann::json::parse(body, nullptr, false); }
    std::string error() const { return json().value("error", ""); }
    std::string message() const { return json().value("message", ""); }
};

inline const std::string kSources = "/v1/branches/default/sources";
inline const std::string kSinks = kSources + "/my-source/sinks";

inline nlohmann::json sink_body() {
    return nlohmann::json::parse(R"({"name":"My Sink","type":"table","table":{"type":"keboola",
        "tableId":"in.c-shop.orders","mapping":{"columns":[
        {"type":"id","name":"id","primaryKey":true},{"type":"json","name":"p","path":"a.b"}]}}})");
}

class ApiTest : public testing::Test {
protected:
    ApiTest() {
        auto port = server_.bind({.host = "127.0.0.1", .port = 0});
        EXPECT_TRUE(port.ok());
        port_ = port.value();
        server_.start([this](const Request& request) { return plane_.handle(request); });
    }
    ~ApiTest() override { server_.stop(); }

    Answer call(const std::string& method, const std::string& path, const std::string& body = "",
                httplib::Headers headers = {{"X-StorageApi-Token", "secret-token"}}) {
        httplib::Client client("127.0.0.1", port_);
        client.set_url_encode(false);
        httplib::Request request;
        request.method = method;
        request.path = path;
        request.headers = std::move(headers);
        request.body = body;
        if (!body.empty()) request.set_header("Content-Type", "application/json");
        const auto result = client.send(request);
        if (!result) return {};
        return {.status = result->status, .body = result->body, .headers = result->headers};
    }

    // Lets everything happen that was started: tasks run, loops serve, files close.
    void settle() {
        while (strand_.run() + routes_.serve_all() + journal_.close_all() > 0) {
        }
    }

    // Makes a call that starts a task, lets it happen and returns the task.
    nlohmann::json finish(const std::string& method, const std::string& path,
                          const std::string& body = "") {
        const auto started = call(method, path, body);
        EXPECT_EQ(started.status, 202) << started.body;
        settle();
        return call("GET", "/v1/tasks/" + started.json().value("taskId", "")).json();
    }

    // Makes a call that answers when what it started has happened.
    Answer call_and_settle(const std::string& method, const std::string& path,
                           const std::string& body = "") {
        Answer answer;
        std::atomic<bool> answered = false;
        std::thread client([&] {
            answer = call(method, path, body);
            answered = true;
        });
        while (!answered) {
            settle();
            std::this_thread::yield();
        }
        client.join();
        return answer;
    }

    void make_source() {
        EXPECT_EQ(finish("POST", kSources, R"({"name":"My Source","type":"http"})")["status"],
                  "success");
    }
    void make_source_and_sink() {
        make_source();
        EXPECT_EQ(finish("POST", kSinks, sink_body().dump())["status"], "success");
    }

    ControlPlane::Ports ports() {
        return {.catalog = catalog_,
                .lifecycle = lifecycle_,
                .tokens = tokens_,
                .reports = reports_,
                .rejects = rejects_,
                .slices = slices_,
                .journal = journal_,
                .progress = progress_,
                .target = target_,
                .evaluator = evaluator_,
                .routes = routes_,
                .sink_counters = sink_counters_,
                .strand = strand_,
                .clock = clock_,
                .rng = rng_};
    }

    static ControlPlane::Options options(SettingOverrides node = {}) {
        return {.scope = {.project = ProjectId(1),
                          .branch = BranchId(123),
                          .api_url = "https://api.example",
                          .ingest_url = "https://in.example"},
                .admin_token = Secret("secret-token"),
                .mapping_limits = {},
                .node_settings = std::move(node),
                .metrics = [] { return std::string("millrace_up 1\n"); }};
    }

    fakes::Log log_;
    fakes::MemoryCatalog catalog_{log_};
    fakes::MemoryLifecycle lifecycle_;
    fakes::MemoryTokens tokens_;
    fakes::MemoryReports reports_;
    testing_support::MemoryRejects rejects_;
    fakes::MemorySlices slices_;
    fakes::ManualJournal journal_{log_};
    Progress progress_;
    fakes::MemoryTarget target_{log_};
    fakes::ManualRoutes routes_{log_};
    pipeline::SinkCounterSet sink_counters_;
    FakeEvaluator evaluator_;
    fakes::ManualExecutor strand_;
    fakes::ManualClock clock_;
    fakes::CountingRng rng_;
    fakes::CountingRng server_rng_;
    ControlPlane plane_{ports(), options()};
    Server server_{server_rng_, {}};
    std::uint16_t port_ = 0;
};

}  // namespace millrace::control
