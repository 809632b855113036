#include "core/pipeline/sink_tally.h"

#include <algorithm>

namespace millrace::pipeline {

void tally(const SourceRoute& route, const Acceptance& acceptance) {
    for (const auto& sink : route.sinks) sink.counters->add_received(1);
    for (const auto& refusal : acceptance.refusals) {
        if (!refusal.is_kept) route.sinks[refusal.sink].counters->add_refused(1);
    }
    for (const auto sink : acceptance.defaulted) route.sinks[sink].counters->add_defaulted(1);
}

void tally(const SourceRoute& route, const BatchAcceptance& acceptance) {
    for (std::size_t i = 0; i < route.sinks.size(); ++i) {
        route.sinks[i].counters->add_received(acceptance.records);
        route.sinks[i].counters->add_refused(acceptance.sinks[i].rejected);
        route.sinks[i].counters->add_defaulted(acceptance.sinks[i].defaulted);
    }
}

void tally_refused(const SourceRoute& route) {
    for (const auto& sink : route.sinks) {
        sink.counters->add_received(1);
        sink.counters->add_refused(1);
    }
}

void tally_duplicates(const SourceRoute& route, std::uint64_t records) {
    for (const auto& sink : route.sinks) {
        sink.counters->add_received(records);
        sink.counters->add_duplicate(records);
    }
}

RejectTally::RejectTally(const SourceRoute& route, const RejectGroup& rejects) {
    for (const auto& item : rejects.items) {
        const auto sink =
            std::find_if(route.sinks.begin(), route.sinks.end(),
                         [&](const auto& other) { return other.version.sink == item.reject.sink; });
        if (sink != route.sinks.end()) sinks_.push_back(sink->counters);
    }
}

void RejectTally::add_refused() const {
    for (const auto& sink : sinks_) sink->add_refused(1);
}

}  // namespace millrace::pipeline
