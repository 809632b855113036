#include "api/doors/receipt_lines.h"

#include <fmt/format.h>

namespace millrace::doors {

std::string_view ReceiptLines::of(const pipeline::Request& request, const pipeline::Place& place) {
    const auto& outcome = request.outcome;
    const bool is_plain = outcome.sinks.empty();
    if (is_plain && route_ == request.route && ack_ == outcome.reached && place_ == place) {
        return lines_;
    }
    route_ = nullptr;
    ack_ = outcome.reached;
    place_ = place;
    pipeline::set_receipt(receipt_, request, place);
    lines_ = fmt::format("Ack: {}\r\nReceipt: {}\r\n", to_string(receipt_.ack),
                         encode_receipt(receipt_));
    if (is_plain) route_ = request.route;
    return lines_;
}

}  // namespace millrace::doors
