#include "tests/unit/api/control/api_fixture.h"

#include <atomic>
#include <thread>
#include <utility>

#include "api/control/backup_resource.h"

namespace millrace::control {

nlohmann::json Answer::json() const {
    return nlohmann::json::parse(body, nullptr, false);
}

std::string Answer::error() const {
    return json().value("error", "");
}

std::string Answer::message() const {
    return json().value("message", "");
}

nlohmann::json sink_body() {
    return nlohmann::json::parse(R"({"name":"My Sink","type":"table","table":{"type":"keboola",
        "tableId":"in.c-shop.orders","mapping":{"columns":[
        {"type":"id","name":"id","primaryKey":true},{"type":"json","name":"p","path":"a.b"}]}}})");
}

ApiTest::ApiTest() {
    auto port = server_.bind({.host = "127.0.0.1", .port = 0});
    EXPECT_TRUE(port.ok());
    port_ = port.value();
    server_.start([this](const Request& request) { return plane_.handle(request); });
}

ApiTest::~ApiTest() {
    server_.stop(Milliseconds{1000});
}

Answer ApiTest::call(const std::string& method, const std::string& path, const std::string& body,
                     httplib::Headers headers) {
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

void ApiTest::settle() {
    while (strand_.run() + routes_.serve_all() + journal_.close_all() > 0) {
    }
}

nlohmann::json ApiTest::finish(const std::string& method, const std::string& path,
                               const std::string& body) {
    const auto started = call(method, path, body);
    EXPECT_EQ(started.status, 202) << started.body;
    settle();
    return call("GET", "/v1/tasks/" + started.json().value("taskId", "")).json();
}

Answer ApiTest::call_and_settle(const std::string& method, const std::string& path,
                                const std::string& body) {
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

void ApiTest::make_source() {
    EXPECT_EQ(finish("POST", kSources, R"({"name":"My Source","type":"http"})")["status"],
              "success");
}

void ApiTest::make_source_and_sink() {
    make_source();
    EXPECT_EQ(finish("POST", kSinks, sink_body().dump())["status"], "success");
}

ControlPlane::Ports ApiTest::ports() {
    return {.catalog = catalog_,
            .lifecycle = lifecycle_,
            .loads = *loads_catalog_,
            .tables = *loads_catalog_,
            .tokens = tokens_,
            .sink_tokens = *loads_catalog_,
            .wrong_tokens = wrong_tokens_,
            .reports = reports_,
            .overview = overview_,
            .rejects = rejects_,
            .slices = slices_,
            .journal = journal_,
            .progress = progress_,
            .targets = targets_,
            .evaluator = evaluator_,
            .routes = routes_,
            .sink_counters = sink_counters_,
            .recent = recent_,
            .traffic = traffic_,
            .volumes = volume_acts_,
            .change_file =
                [this](const lifecycle::FileChange& change, const lifecycle::FileChangeDone& done) {
                    done(change_file_(change));
                },
            .read_file_rows = [this](FileId file, const lifecycle::RowsPlace& from)
                -> Result<lifecycle::FileRowsPage> { return read_file_rows_(file, from); },
            .strand = strand_,
            .clock = clock_,
            .rng = rng_};
}

ControlPlane::Options ApiTest::options(SettingOverrides node) {
    return {.scope = {.project = ProjectId(1),
                      .branch = BranchId(123),
                      .api_url = "https://api.example",
                      .ingest_url = "https://in.example"},
            .admin_token = Secret("secret-token"),
            .mapping_limits = {},
            .node_settings = std::move(node),
            .metrics = [] { return std::string("millrace_up 1\n"); },
            .resources = {[](Router& router, const ResourceParts& parts) {
                add_backup(router, parts, [](const BackupWish& wish, const auto& done) {
                    done("A backup is in " + wish.path + ".");
                });
            }}};
}

}  // namespace millrace::control
