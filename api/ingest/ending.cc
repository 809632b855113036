#include "api/ingest/ending.h"

#include "api/ingest/batch_report.h"

namespace millrace::ingest {
namespace {

using pipeline::RejectOutcome;

struct Counts {
    std::uint64_t accepted = 0;
    std::uint64_t rejected = 0;
};

// One record.
Counts counts_of(const pipeline::Acceptance& acceptance, RejectOutcome rejects) {
    const bool all_kept = rejects == RejectOutcome::kept &&
                          acceptance.rejects.items.size() == acceptance.refusals.size();
    if (acceptance.refusals.empty() || all_kept) return {.accepted = 1, .rejected = 0};
    return {.accepted = 0, .rejected = 1};
}

Counts counts_of(const pipeline::BatchAcceptance& acceptance, RejectOutcome rejects) {
    const auto accepted = rejects == RejectOutcome::kept ? acceptance.accepted
                                                         : acceptance.accepted - acceptance.kept;
    return {.accepted = accepted, .rejected = acceptance.records - accepted};
}

// What every sink of `route` has after a request without refusals.
void set_all_sinks(std::vector<Receipt::Sink>& sinks, const pipeline::SourceRoute& route) {
    sinks.clear();
    for (const auto& sink : route.sinks) {
        sinks.push_back({.number = sink.version.sink, .has_rows = true});
    }
}

std::vector<Receipt::Sink> all_sinks(const pipeline::SourceRoute& route) {
    std::vector<Receipt::Sink> sinks;
    set_all_sinks(sinks, route);
    return sinks;
}

std::vector<Receipt::Sink> sinks_of(const pipeline::SourceRoute& route,
                                    const pipeline::Acceptance& acceptance, RejectOutcome rejects) {
    auto sinks = all_sinks(route);
    for (const auto& refusal : acceptance.refusals) {
        const bool is_kept = refusal.is_kept && rejects == RejectOutcome::kept;
        auto& sink = sinks[refusal.sink];
        sink.has_rows = false;
        sink.has_kept = is_kept;
        sink.has_refused = !is_kept;
    }
    return sinks;
}

std::vector<Receipt::Sink> sinks_of(const pipeline::SourceRoute& route,
                                    const pipeline::BatchAcceptance& acceptance,
                                    RejectOutcome rejects) {
    auto sinks = all_sinks(route);
    for (std::size_t i = 0; i < sinks.size(); ++i) {
        const auto& of = acceptance.sinks[i];
        const bool is_kept = of.kept > 0 && rejects == RejectOutcome::kept;
        sinks[i].has_rows = of.accepted > of.kept;
        sinks[i].has_kept = is_kept;
        sinks[i].has_refused = of.rejected > 0 || (of.kept > 0 && !is_kept);
    }
    return sinks;
}

template <typename Acceptance>
Ending make_ending(const std::shared_ptr<const pipeline::SourceRoute>& route,
                   const Acceptance& acceptance, RejectOutcome rejects, const Asked& asked) {
    const auto counts = counts_of(acceptance, rejects);
    Ending ending{.status = 200,
                  .accepted = counts.accepted,
                  .rejected = counts.rejected,
                  .ack = Ack::disk,  // of rejects, which wait for their sync
                  .route = route};
    if (acceptance.has_synced || acceptance.has_unsynced) {
        ending.status = status_of_rows(acceptance, asked);
        ending.ack = asked.ack.value_or(acceptance.has_synced ? Ack::disk : Ack::memory);
    }
    if (counts.rejected > 0 || !acceptance.rejects.items.empty()) {
        ending.sinks = sinks_of(*route, acceptance, rejects);
    }
    if (needs_report(acceptance, rejects, asked)) {
        ending.report = std::make_unique<Answer>(report(*route, acceptance, rejects, asked));
    }
    return ending;
}

}  // namespace

Ending ending_of(const std::shared_ptr<const pipeline::SourceRoute>& route,
                 const pipeline::Acceptance& acceptance, RejectOutcome rejects,
                 const Asked& asked) {
    return make_ending(route, acceptance, rejects, asked);
}

Ending ending_of(const std::shared_ptr<const pipeline::SourceRoute>& route,
                 const pipeline::BatchAcceptance& acceptance, RejectOutcome rejects,
                 const Asked& asked) {
    return make_ending(route, acceptance, rejects, asked);
}

std::string_view ReceiptLines::of(const Ending& ending, const Place& place) {
    const bool is_plain = ending.sinks.empty();
    if (is_plain && route_ == ending.route.get() && ack_ == ending.ack && place_ == place) {
        return lines_;
    }
    route_ = is_plain ? ending.route.get() : nullptr;
    ack_ = ending.ack;
    place_ = place;
    receipt_.ack = ending.ack;
    receipt_.arrived_at = place.arrived_at;
    receipt_.volume = place.ticket.volume;
    receipt_.batch = place.ticket.batch;
    if (is_plain) {
        set_all_sinks(receipt_.sinks, *ending.route);
    } else {
        receipt_.sinks = ending.sinks;
    }
    lines_ = receipt_headers(receipt_);
    return lines_;
}

}  // namespace millrace::ingest
