#include "core/otlp/flattener.h"

#include <fmt/format.h>

#include "core/base/error_names.h"

namespace millrace::otlp {
namespace {

constexpr std::size_t kKeptBytes = 1 << 20;

Error cannot_decode(Signal signal, std::string_view problem) {
    return Error(Code::invalid,
                 fmt::format("Cannot decode OTLP {} payload: {}", to_string(signal), problem))
        .named(error_names::kInBadRequest);
}

Error too_large() {
    return Error(Code::too_large,
                 "The records of the request are too large, with what is said of their resource in "
                 "each; send fewer at a time.")
        .named(error_names::kInPayloadTooLarge);
}

void flatten_wire(Signal signal, FlatWriter& writer, std::string_view request) {
    switch (signal) {
        case Signal::logs:
            return flatten_logs(writer, request);
        case Signal::metrics:
            return flatten_metrics(writer, request);
        case Signal::traces:
            return flatten_traces(writer, request);
    }
}

std::string text_of(const WireFault& fault, std::string_view request) {
    const auto* const at = fault.at();
    const bool is_inside = at >= request.data() && at <= request.data() + request.size();
    if (at == nullptr || !is_inside) return std::string(fault.what());
    return fmt::format("{} at byte {}", fault.what(), at - request.data());
}

}  // namespace

Result<void> Flattener::flatten(Signal signal, Encoding encoding, std::string_view request,
                                const mapping::PathTrie* paths) {
    writer_.clear(paths);
    auto wire = request;
    if (encoding == Encoding::json) {
        const auto transcoded = json_.to_wire(signal, request);
        if (!transcoded.ok()) return cannot_decode(signal, transcoded.error().client_text());
        wire = transcoded.value();
    }
    flatten_wire(signal, writer_, wire);
    if (!writer_.fault.is_noted() && !writer_.is_too_large) return {};
    auto error = writer_.fault.is_noted() ? cannot_decode(signal, text_of(writer_.fault, wire))
                                          : too_large();
    writer_.clear(nullptr);
    return error;
}

void Flattener::release() {
    writer_.out.release(kKeptBytes);
    writer_.found.release(kKeptBytes);
    writer_.tail.text.release(kKeptBytes);
    writer_.head.text.release(kKeptBytes);
    json_.release();
}

}  // namespace millrace::otlp
