#pragma once
// The parser: the text of one expression -> its tree; columns and functions are not looked up.
//
// Precedence, from the loosest: OR; AND, &&; NOT; comparisons, IS, IN, BETWEEN, LIKE; + -;
// * / % DIV MOD; unary - + !.
//
// Thread  any; one parser a text.

#include <string_view>

#include "core/base/result.h"
#include "storage/expressions/expression_node.h"

namespace millrace::expressions {

inline constexpr int kDepthMax = 150;             // of a tree
inline constexpr std::size_t kNodesMax = 20'000;  // of an expression

// Errors  invalid, for the client, with the position
Result<NodePointer> parse_expression(std::string_view text);

}  // namespace millrace::expressions
