#include "api/ingest/loop.h"

#include <utility>

namespace millrace::ingest {

http::Limits connection_limits(const config::Limits& limits) {
    http::Limits all;
    all.header_bytes = limits.header_bytes;
    all.header_time = limits.header_time;
    all.request_time = limits.request_time;
    all.answer_time = limits.answer_time;
    all.idle_time = limits.idle_time;
    return all;
}

namespace {

std::vector<http::Door*> in_front_of(http::Door& last,
                                     const std::vector<std::unique_ptr<http::Door>>& further) {
    std::vector<http::Door*> all;
    for (const auto& door : further) all.push_back(door.get());
    all.push_back(&last);
    return all;
}

}  // namespace

IngestLoop::IngestLoop(LoopParts parts)
    : rng_(std::move(parts.rng)),
      intake_({.journal = parts.journal,
               .clock = parts.clock,
               .rng = *rng_,
               .counters = counters_,
               .rejects = parts.rejects,
               .window = parts.window,
               .key_homes = parts.key_homes,
               .evaluator = parts.evaluator,
               .request_rows_max = parts.limits.request_rows,
               .accepting = std::move(parts.accepting),
               .accepting_of = std::move(parts.accepting_of),
               .post = [this](std::function<void()> step) { loop_.post(std::move(step)); }}),
      door_(intake_,
            {.body_bytes_max = parts.limits.body_bytes,
             .decoded_bytes_max = parts.limits.decoded_bytes,
             .proxies = std::move(parts.proxies),
             .refusal_log = parts.refusal_log,
             .unverified_log = parts.unverified_log,
             .clock = parts.clock,
             .public_url = std::move(parts.public_url),
             .public_url_log = &parts.public_url_log,
             .wrong_secrets = parts.wrong_secrets},
            parts.leaving),
      further_doors_(
          parts.make_doors
              ? parts.make_doors(
                    {.intake = intake_,
                     .clock = parts.clock,
                     .refusal_log = parts.refusal_log,
                     .wrong_secrets = parts.wrong_secrets,
                     .post = [this](std::function<void()> step) { loop_.post(std::move(step)); }})
              : std::vector<std::unique_ptr<http::Door>>()),
      doors_(in_front_of(door_, further_doors_)),
      loop_({.door = doors_,
             .limits = connection_limits(parts.limits),
             .connections = parts.connections,
             .memory = parts.memory,
             .addresses = &parts.addresses,
             .tls = parts.tls,
             .not_accepting = [this](const std::string& cause) { accept_log_.note(cause); },
             .has_proxy_head = std::move(parts.has_proxy_head),
             .no_proxy_head = [this](const std::string& ip,
                                     std::string_view cause) { proxy_log_.note(ip, cause); }}) {}

// The loop goes first; nothing is posted to it any more.
IngestLoop::~IngestLoop() {
    intake_.abandon();
}

void IngestLoop::set_route(const pipeline::SourceAddress& address,
                           std::shared_ptr<const pipeline::SourceRoute> route,
                           std::function<void()> served) {
    door_.set_rules(address, route);
    intake_.set_route(address, std::move(route), std::move(served));
}

void IngestLoop::add_to(CounterTotals& totals) const {
    totals.add(counters_);
    intake_.refusal_counts().add_to(totals.refusals);
    const auto& of_door = door_.counters();
    for (std::size_t i = 0; i < totals.bad_signatures.size(); ++i) {
        totals.bad_signatures[i] += of_door.bad_signatures[i].value();
    }
    totals.challenges += of_door.challenges.value();
    const auto& counters = loop_.read_counters();
    for (std::size_t status = 0; status < counters.requests.size(); ++status) {
        const auto count = counters.requests[status].value();
        if (count > 0) totals.requests[static_cast<int>(status)] += count;
    }
    counters.request_times.add_to(totals.request_times);
    totals.connections += counters.connections.value();
    totals.refused_connections += counters.refused_connections.value();
    totals.failed_handshakes += counters.failed_handshakes.value();
    totals.refused_proxy_heads += counters.refused_proxy_heads.value();
}

}  // namespace millrace::ingest
