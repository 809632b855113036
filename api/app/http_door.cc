#include "api/app/http_door.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "api/app/stream_loads.h"
#include "api/app/streaming_uploads.h"
#include "api/app/targets_ready_door.h"
#include "api/app/tls_part.h"
#include "api/config/address.h"
#include "api/ingest/ingest_server.h"
#include "api/otlp/otlp_door.h"
#include "storage/os/system_rng.h"

namespace millrace {
namespace {

// A batch of a collector is larger than a request with events, and mostly compressed: what it may
// become is what it may be. Of flattened records there may be more: each has its resource.
std::unique_ptr<http::Door> make_otlp_door(const config::Config& config,
                                           const ingest::LoopSeams& seams) {
    constexpr std::uint64_t kRecordsPerBody = 8;
    constexpr std::uint64_t kPartBytes = 8
                                         << 20;  // of a write of 32 MB: quotes are doubled in rows
    const auto body = std::max(config.limits.body_bytes, config.limits.decoded_bytes);
    return std::make_unique<otlp::OtlpDoor>(
        seams.intake, otlp::OtlpDoorOptions{.clock = seams.clock,
                                            .body_bytes_max = body,
                                            .records_bytes_max = kRecordsPerBody * body,
                                            .part_bytes = kPartBytes,
                                            .proxies = config.proxies,
                                            .refusal_log = seams.refusal_log,
                                            .wrong_secrets = seams.wrong_secrets});
}

class HttpDoor final : public OpenDoor {
public:
    explicit HttpDoor(const DoorPorts& ports)
        : clock_(ports.clock),
          visible_loads_(ports.visible_loads),
          host_(ports.config.ingest_listen.host),
          probe_(ports.backend_probe),
          gate_(ports.gate),
          tls_(ports.tls),
          has_proxy_heads_(ports.config.proxy_protocol == "yes"),
          wrong_secrets_(ports.wrong_secrets),
          loads_(ports),
          uploads_(ports),
          server_({.journal = ports.journal,
                   .clock = ports.clock,
                   .rejects = ports.rejects,
                   .window = ports.window,
                   .key_homes = ports.key_homes,
                   .evaluator = ports.evaluator,
                   .make_rng = [] { return std::make_unique<os::SystemRng>(); },
                   .accepting = ports.accepting,
                   .accepting_of = ports.accepting_of,
                   .limits = ports.config.limits,
                   .listen = ports.config.ingest_listen,
                   .threads = ports.config.ingest_threads,
                   .proxies = ports.config.proxies,
                   .tls = ports.tls,
                   .public_url = ports.config.ingest_public_url,
                   .has_proxy_heads = has_proxy_heads_,
                   .wrong_secrets = &ports.wrong_secrets,
                   .make_doors =
                       [this, &config = ports.config](const ingest::LoopSeams& seams) {
                           auto doors = loads_.make_doors(seams.post);
                           doors.push_back(std::make_unique<TargetsReadyDoor>(seams.intake, probe_,
                                                                              gate_, seams.post));
                           // First: its paths are below those of Stream Loads.
                           doors.insert(doors.begin(), uploads_.make_door(seams.post));
                           doors.push_back(make_otlp_door(config, seams));
                           return doors;
                       }}) {}

    Result<std::string> bind() override {
        TRY(uploads_.check());
        TRY_ASSIGN(const auto port, server_.bind().in("ingest.listen"));
        loads_.set_port(port);
        return fmt::format("{}://{}", scheme_of(tls_),
                           config::format_endpoint({.host = host_, .port = port}));
    }
    void start() override { server_.start(); }
    void leave() override { server_.leave(); }
    // What is left of the time is for the answers of what has ended.
    void stop(Milliseconds grace) override {
        const auto now = clock_.steady();
        loads_.end_bodies(now + grace / 2);
        uploads_.end_bodies(now + grace / 2);
        visible_loads_.end_by(now + grace * 3 / 4);
        server_.stop(grace);
        loads_.stop();
        uploads_.stop();
    }

    void publish(const pipeline::SourceAddress& address,
                 std::shared_ptr<const pipeline::SourceRoute> route,
                 std::function<void()> served) override {
        server_.publish(address, std::move(route), std::move(served));
    }

    void add_metrics(MetricsText& text) const override;
    void add_traffic(accounts::TrafficTotals& totals) const override;

private:
    const Clock& clock_;
    pipeline::VisibleLoads& visible_loads_;
    const std::string host_;
    BackendProbe& probe_;
    access::TokenGate& gate_;
    const http::LiveTls* const tls_;
    const bool has_proxy_heads_;
    const access::WrongTokens& wrong_secrets_;
    StreamLoads loads_;
    StreamingUploads uploads_;
    ingest::IngestServer server_;
};

void HttpDoor::add_traffic(accounts::TrafficTotals& totals) const {
    const auto ingest = server_.counters();
    totals.records +=
        ingest.accepted + ingest.rejected + ingest.no_sink + ingest.duplicate + ingest.failed;
    totals.bytes += ingest.bytes;
    for (const auto& [status, count] : ingest.requests) {
        if (status >= 400) totals.refused += count;
    }
    totals.answer_times = ingest.request_times;
}

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
    text.family("millrace_received_bytes_total", "counter",
                "Bytes of the bodies of requests to known sources, decoded.");
    text.sample({}, ingest.bytes);
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
    text.family("millrace_wrong_secrets_total", "counter",
                "Requests whose URL had a wrong source or secret.");
    text.sample({}, wrong_secrets_.count());
    text.family("millrace_connections", "gauge", "Open connections of the data plane.");
    text.sample({}, ingest.connections);
    text.family("millrace_connections_refused_total", "counter",
                "Connections over limits.connections.");
    text.sample({}, ingest.refused_connections);
    if (tls_ != nullptr) {
        text.family("millrace_tls_handshakes_failed_total", "counter",
                    "Connections of the data plane that did not come to speak TLS.");
        text.sample({}, ingest.failed_handshakes);
    }
    if (has_proxy_heads_) {
        text.family("millrace_proxy_heads_refused_total", "counter",
                    "Connections of trusted proxies without a head of the PROXY protocol.");
        text.sample({}, ingest.refused_proxy_heads);
    }
    text.family("millrace_connection_memory_bytes", "gauge",
                "Buffers of the data plane's connections.");
    text.sample({}, ingest.memory_bytes);
    loads_.add_metrics(text);
    uploads_.add_metrics(text);
}

}  // namespace

DoorKind http_door_kind() {
    return {.name = "http",
            .sources = {kHttpSource, kOtlpSource},
            .open = [](const DoorPorts& ports) { return std::make_unique<HttpDoor>(ports); }};
}

}  // namespace millrace
