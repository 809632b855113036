#pragma once
// What a record has for a column, but for paths: the cell before it is checked.

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/base/result.h"
#include "core/mapping/scratch.h"
#include "core/mapping/sink_plan.h"

namespace millrace::mapping {

// Of what came with the body; nothing where it is missing. Valid until the next one.
std::optional<std::string_view> context_cell(const ColumnPlan& column, Scratch& scratch);

// Of a template; valid until the next one.
// Errors  those of the template; too_large without a name: over `bytes_max`
Result<std::string_view> template_cell(const ColumnPlan& column, Scratch& scratch,
                                       std::uint64_t bytes_max);

}  // namespace millrace::mapping
