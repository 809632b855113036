#pragma once
// The differences between what a file wants of a source, sink or table and what it is.

#include <string>
#include <string_view>
#include <vector>

#include "api/cli/definition_plan.h"

namespace millrace::cli {

// A value for people: texts as they are, everything else as JSON.
std::string shown_value(const Json& value);

// Of a part with parts in it, by names as "http.signature.tolerance". What `wanted` does not have
// does not count. Secrets only `with_secrets`, and then without their values.
std::vector<Difference> part_differences(std::string_view name, const Json& wanted,
                                         const Json& actual, bool with_secrets);

// By their names; `line_of` makes a column one line.
using ColumnText = std::string (*)(const Json& column);
std::vector<Difference> column_differences(const Json& wanted, const Json& actual,
                                           ColumnText line_of);

// A column of a sink in one line.
std::string sink_column_line(const Json& column);

}  // namespace millrace::cli
