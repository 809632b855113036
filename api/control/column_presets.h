#pragma once
// Ready-made mappings: the columns that people query, typed, by one name in the body of a sink.
//
// A preset is replaced by its columns when the sink is made: answers and versions have the columns,
// and a later version of the program changes no sink.
//
// See  docs/otlp.md, "Ready-made columns"

#include <array>
#include <string_view>
#include <vector>

#include "core/model/column.h"

namespace millrace::control {

inline constexpr std::array<std::string_view, 3> kPresets = {"otel-logs", "otel-metrics",
                                                             "otel-traces"};

// Empty if there is none of that name.
std::vector<Column> preset_columns(std::string_view name);

}  // namespace millrace::control
