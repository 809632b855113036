#include "api/app/http_door.h"

#include <fmt/format.h>

#include <utility>

#include "api/app/stream_loads.h"
#include "api/config/address.h"
#include "api/ingest/ingest_server.h"
#include "storage/os/system_rng.h"

namespace millrace {
namespace {

class HttpDoor final : public OpenDoor {
public:
    explicit HttpDoor(const DoorPorts& ports)
        : host_(ports.config.ingest_listen.host),
          loads_(ports),
          server_({.journal = ports.journal,
                   .clock = ports.clock,
                   .rejects = ports.rejects,
                   .window = ports.window,
                   .key_homes = ports.key_homes,
                   .evaluator = ports.evaluator,
                   .make_rng = [] { return std::make_unique<os::SystemRng>(); },
                   .accepting = ports.accepting,
                   .limits = ports.config.limits,
                   .listen = ports.config.ingest_listen,
                   .threads = ports.config.ingest_threads,
                   .proxies = ports.config.proxies,
                   .public_url = ports.config.ingest_public_url,
                   .make_doors =
                       [this](std::function<void(std::function<void()>)> post) {
                           return loads_.make_doors(std::move(post));
                       }}) {}

    Result<std::string> bind() override {
        TRY_ASSIGN(const auto port, server_.bind().in("ingest.listen"));
        loads_.set_port(port);
        return "http://" + config::format_endpoint({.host = host_, .port = port});
    }
    void start() override { server_.start(); }
    void leave() override { server_.leave(); }
    void stop(Milliseconds grace) override {
        server_.stop(grace);
        loads_.stop();
    }

    void publish(const pipeline::SourceAddress& address,
                 std::shared_ptr<const pipeline::SourceRoute> route,
                 std::function<void()> served) override {
        server_.publish(address, std::move(route), std::move(served));
    }

    void add_metrics(MetricsText& text) const override;

private:
    const std::string host_;
    StreamLoads loads_;
    ingest::IngestServer server_;
};

void HttpDoor::add_metrics(MetricsText& text) const {
    const auto ingest = server_.counters();
    text.family("millrace_requests_total", "counter", "Answers of the data plane by status.");
    for (const auto& [status, count] : ingest.requests) {
        text.sample({{"code", fmt::format("{}", status)}}, count);
    }
    text.family("millrace_records_total", "counter",
                "Records of known sources by what became of them.");
    text.sample({{"result", "accepted"}}, ingest.accepted);
    text.sample({{"result", "rejected"}}, ingest.rejected);
    text.sample({{"result", "no_sink"}}, ingest.no_sink);
    text.sample({{"result", "failed"}}, ingest.failed);
    text.sample({{"result", "duplicate"}}, ingest.duplicate);
    text.family("millrace_refusals_total", "counter",
                "Records that a sink could not take, by the reason.");
    for (const auto& [reason, count] : ingest.refusals) {
        text.sample({{"reason", std::string(reason)}}, count);
    }
    text.family("millrace_request_seconds", "histogram",
                "Time from the last byte of a request with a record to its answer.");
    text.histogram({}, ingest.request_times, 1e-9);
    text.family("millrace_requests_rate_limited_total", "counter",
                "Requests over the rate of their source.");
    text.sample({}, ingest.rate_limited);
    text.family("millrace_bad_signatures_total", "counter",
                "Requests whose signature was missing or wrong, by the reason.");
    for (std::size_t i = 0; i < ingest.bad_signatures.size(); ++i) {
        const auto reason = static_cast<webhooks::BadSignature>(i);
        text.sample({{"reason", std::string(webhooks::to_string(reason))}},
                    ingest.bad_signatures[i]);
    }
    text.family("millrace_webhook_challenges_total", "counter",
                "Registrations of webhooks that were answered.");
    text.sample({}, ingest.challenges);
    text.family("millrace_connections", "gauge", "Open connections of the data plane.");
    text.sample({}, ingest.connections);
    text.family("millrace_connections_refused_total", "counter",
                "Connections over limits.connections.");
    text.sample({}, ingest.refused_connections);
    text.family("millrace_connection_memory_bytes", "gauge",
                "Buffers of the data plane's connections.");
    text.sample({}, ingest.memory_bytes);
    loads_.add_metrics(text);
}

}  // namespace

DoorKind http_door_kind() {
    return {.name = "http", .sources = {kHttpSource}, .open = [](const DoorPorts& ports) {
                return std::make_unique<HttpDoor>(ports);
            }};
}

}  // namespace millrace
