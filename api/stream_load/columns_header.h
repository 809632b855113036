#pragma once
// The header `columns`: "a, `b`, c = f(a, 'x, y')".

#include <cstddef>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/bulk/bulk_mapping.h"

namespace millrace::stream_load {

inline constexpr std::size_t kColumnsMax = 1000;

// Commas between parentheses or quotes are of an expression. Expressions stay text.
// Errors  invalid: an empty column, a quote or parenthesis that is not closed, too many columns
Result<std::vector<bulk::BulkColumn>> parse_columns(std::string_view text);

// A list of plain names, as in `hidden_columns`.
// Errors  as parse_columns(); invalid: an expression
Result<std::vector<std::string>> parse_names(std::string_view text);

}  // namespace millrace::stream_load
