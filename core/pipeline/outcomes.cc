#include "core/pipeline/outcomes.h"

#include <algorithm>

namespace millrace::pipeline {
namespace {

template <typename Acceptance>
void set_reached(Outcome& outcome, const Acceptance& acceptance, std::optional<Ack> ack) {
    const bool has_rejects = !acceptance.rejects.items.empty();  // which wait for their sync
    outcome.is_stored = acceptance.has_rows() || has_rejects;
    if (!acceptance.has_rows()) return;
    outcome.reached = ack.value_or(acceptance.has_synced ? Ack::disk : Ack::memory);
    outcome.is_synced = ack ? *ack == Ack::disk : !acceptance.has_unsynced;
}

}  // namespace

void set_outcome(Outcome& outcome, const SourceRoute& route, const Acceptance& acceptance,
                 std::optional<Ack> ack) {
    set_reached(outcome, acceptance, ack);
    outcome.accepted = 1;
    if (acceptance.refusals.empty() && acceptance.defaulted.empty()) return;
    if (!acceptance.refusals.empty()) {
        const bool all_kept = acceptance.rejects.items.size() == acceptance.refusals.size();
        outcome.accepted = outcome.kept = all_kept ? 1 : 0;
    }
    outcome.sinks.assign(route.sinks.size(), {.accepted = 1});
    for (const auto sink : acceptance.defaulted) outcome.sinks[sink].defaulted = 1;
    for (const auto& refusal : acceptance.refusals) {
        auto& sink = outcome.sinks[refusal.sink];
        sink.problems.push_back({.number = 1, .error = refusal.error});
        if (refusal.is_kept) {
            sink.kept = 1;
        } else {
            sink.accepted = 0;
            sink.rejected = 1;
            sink.refused = true;
        }
    }
}

void set_outcome(Outcome& outcome, const SourceRoute& /*route*/, const BatchAcceptance& acceptance,
                 std::optional<Ack> ack) {
    set_reached(outcome, acceptance, ack);
    outcome.records = acceptance.records;
    outcome.accepted = acceptance.accepted;
    outcome.kept = acceptance.kept;
    const bool is_plain = std::all_of(acceptance.sinks.begin(), acceptance.sinks.end(),
                                      [](const auto& sink) { return sink.defaulted == 0; });
    if (acceptance.rejected() == 0 && acceptance.rejects.items.empty() && is_plain) return;
    for (const auto& sink : acceptance.sinks) {
        auto& all = outcome.sinks.emplace_back(SinkOutcome{.accepted = sink.accepted,
                                                           .rejected = sink.rejected,
                                                           .kept = sink.kept,
                                                           .defaulted = sink.defaulted,
                                                           .refused = sink.refused});
        for (const auto& bad : sink.bad) {
            all.problems.push_back({.number = bad.number, .error = bad.error});
        }
    }
}

}  // namespace millrace::pipeline
