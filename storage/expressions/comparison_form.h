#pragma once
// ValueForm: what a value is turned into where it is used; and as what several are compared.

#include <span>
#include <vector>

#include "storage/expressions/expression_node.h"

namespace millrace::expressions {

// Or NULL where it is none.
enum class ValueForm { any, text, number, decimal, boolean, date, datetime };

// As what they are compared: as numbers if one is a number, as times if one is a time, as truth
// values if one is one; else as texts.
ValueForm comparison_form(const std::vector<const ExpressionNode*>& nodes);
ValueForm comparison_form(std::span<const NodePointer> nodes);

// Whether SQLite has its value as a number, without a conversion.
bool is_exact_number(const ExpressionNode& node);

// Whether they are computed with as decimals: one is a decimal, and none a double or a text.
bool are_decimals(std::span<const NodePointer> nodes);

}  // namespace millrace::expressions
