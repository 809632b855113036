#include "core/model/signal.h"

namespace millrace {

std::string_view to_string(Signal signal) {
    switch (signal) {
        case Signal::logs:
            return "logs";
        case Signal::metrics:
            return "metrics";
        case Signal::traces:
            return "traces";
    }
    return "logs";
}

std::optional<Signal> parse_signal(std::string_view text) {
    for (const auto signal : kSignals) {
        if (to_string(signal) == text) return signal;
    }
    return std::nullopt;
}

}  // namespace millrace
