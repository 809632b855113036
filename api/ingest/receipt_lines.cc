#include "api/ingest/receipt_lines.h"

#include <fmt/format.h>

#include <cstddef>

namespace millrace::ingest {

std::string_view ReceiptLines::of(const pipeline::Request& request, const pipeline::Place& place) {
    const auto& outcome = request.outcome;
    const bool is_plain = outcome.sinks.empty();
    if (is_plain && route_ == request.route && ack_ == outcome.reached && place_ == place) {
        return lines_;
    }
    route_ = nullptr;
    ack_ = outcome.reached;
    place_ = place;
    receipt_.ack = outcome.reached;
    receipt_.arrived_at = place.arrived_at;
    receipt_.volume = place.ticket.volume;
    receipt_.batch = place.ticket.batch;
    receipt_.sinks.clear();
    const auto& sinks = request.route->sinks;
    for (std::size_t i = 0; i < sinks.size(); ++i) {
        auto& of_sink = receipt_.sinks.emplace_back(
            Receipt::Sink{.number = sinks[i].version.sink, .has_rows = true});
        if (is_plain) continue;
        const auto& has = outcome.sinks[i];
        of_sink.has_rows = has.accepted > has.kept;
        of_sink.has_kept = has.kept > 0;
        of_sink.has_refused = has.rejected > 0;
    }
    lines_ = fmt::format("Ack: {}\r\nReceipt: {}\r\n", to_string(receipt_.ack),
                         encode_receipt(receipt_));
    if (is_plain) route_ = request.route;
    return lines_;
}

}  // namespace millrace::ingest
