#include "api/ingest/unverified_log.h"

#include <utility>

#include "api/log/log.h"

namespace millrace::ingest {
namespace {

std::uint64_t received_by(const pipeline::SourceRoute& route) {
    std::uint64_t received = 0;
    for (const auto& sink : route.sinks) received += sink.counters->counts().received;
    return received;
}

// Sources of other kinds have no signatures.
bool is_verified(const pipeline::SourceRoute& route) {
    return route.kind != kHttpSource || route.details != "{}";
}

}  // namespace

void UnverifiedLog::set_route(const pipeline::SourceAddress& address,
                              std::shared_ptr<const pipeline::SourceRoute> route) {
    sources_.with([&](auto& sources) {
        if (route == nullptr || is_verified(*route)) {
            sources.erase(address);
            return;
        }
        auto [found, is_new] = sources.try_emplace(address);
        // What came before, by another route, was of no concern.
        if (is_new) found->second.received = received_by(*route);
        found->second.route = std::move(route);
    });
}

std::vector<std::string> UnverifiedLog::due(SteadyTime now) {
    return sources_.with([&](auto& sources) {
        std::vector<std::string> names;
        for (auto& [address, watched] : sources) {
            if (watched.warned && now < *watched.warned + kWarnsEvery) continue;
            const auto received = received_by(*watched.route);
            if (received == std::exchange(watched.received, received)) continue;
            watched.warned = now;
            names.push_back(address.source.value);
        }
        return names;
    });
}

void UnverifiedLog::look(SteadyTime now) {
    auto next = next_look_.load(std::memory_order_relaxed);
    if (now.time_since_epoch().count() < next) return;
    const auto then = (now + kLooksEvery).time_since_epoch().count();
    if (!next_look_.compare_exchange_strong(next, then)) return;
    for (const auto& source : due(now)) {
        log::warn("source_not_verified",
                  {{"source", source},
                   {"message",
                    "it receives records that nobody has signed: whoever knows its URL can send; "
                    "\"http.preset\" of the source checks signatures"}});
    }
}

}  // namespace millrace::ingest
