#pragma once
// Calls that are no functions of SQLite's machine: clocks, moved times and JSON become nodes of
// their own, once their arguments are checked.
//
// Errors  invalid, for the client, with the position
// Thread  any.

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "storage/expressions/expression_node.h"
#include "storage/expressions/function_environment.h"

namespace millrace::expressions {

// Each returns false, and leaves the node, if its name is none of these.
//
// now() and its kin: one time for all rows, in the time zone of the load.
Result<bool> become_clock(ExpressionNode& node, const FunctionEnvironment& environment);
// date_add(t, INTERVAL 1 DAY), date_add(t, 1), days_add(t, 1), timestampadd(DAY, 1, t), and back;
// days_diff(later, earlier), timestampdiff(DAY, earlier, later).
Result<bool> become_shift(ExpressionNode& node);
// json_extract(text, path), get_json_string ...
Result<bool> become_json(ExpressionNode& node);

// The names of all calls that become something else.
std::span<const std::string_view> special_function_names();

Result<void> expect_count(const ExpressionNode& node, std::size_t min, std::size_t max);
std::string shown_name(std::string_view name);

}  // namespace millrace::expressions
