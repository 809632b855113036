#pragma once
// Signal: what OpenTelemetry sends, each kind by a path of its own.
//
// See  docs/otlp.md

#include <array>
#include <optional>
#include <string_view>

namespace millrace {

enum class Signal { logs, metrics, traces };

inline constexpr std::array<Signal, 3> kSignals = {Signal::logs, Signal::metrics, Signal::traces};

std::string_view to_string(Signal signal);

// Nothing for another text.
std::optional<Signal> parse_signal(std::string_view text);

}  // namespace millrace
