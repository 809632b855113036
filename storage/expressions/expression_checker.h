#pragma once
// ExpressionChecker: looks up the columns and functions of a tree and says what its values are.
//
// What only looks like a function becomes what it is: if() a choice, now() its text.
//
// Lifetime  the columns and the environment outlive it.
// Thread    one.

#include <span>
#include <string>
#include <unordered_map>

#include "core/base/result.h"
#include "core/ports/row_expressions.h"
#include "storage/expressions/expression_node.h"
#include "storage/expressions/function_environment.h"

namespace millrace::expressions {

class ExpressionChecker {
public:
    ExpressionChecker(std::span<const SourceColumn> columns,
                      const FunctionEnvironment& environment);

    // Errors  invalid, for the client, with the position
    Result<void> check(ExpressionNode& node) const;

private:
    Result<void> check_column(ExpressionNode& node) const;
    Result<void> check_call(ExpressionNode& node) const;
    Result<void> check_type(ExpressionNode& node) const;

    std::span<const SourceColumn> columns_;
    const FunctionEnvironment& environment_;
    std::unordered_map<std::string, std::size_t> by_name_;  // lower-case
};

// As what values of several types are one: numbers by the widest, others than numbers as text.
ValueType common_type(ValueType a, ValueType b);

}  // namespace millrace::expressions
