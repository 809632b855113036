#pragma once
// ExpressionSql: checked trees -> one SELECT for SQLite, with its parameters.
//
// No byte of a client's text is in the SELECT: literals and columns are parameters, names are ours.
// Each value is written in the form that its place needs, so that SQLite converts and compares
// nothing by rules of its own.
//
// Thread  one.

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/ports/row_expressions.h"
#include "storage/expressions/comparison_form.h"
#include "storage/expressions/expression_node.h"
#include "storage/expressions/function_environment.h"
#include "storage/expressions/function_table.h"

namespace millrace::expressions {

// What a column is bound as, for every row.
struct ColumnParameter {
    std::size_t column = 0;
    bool as_number = false;  // else its text
    int position = 0;        // from 1
};

// Bound once.
struct ConstantParameter {
    std::string text;
    int position = 0;
};

class ExpressionSql {
public:
    static constexpr std::size_t kTextBytesMax = 1 << 20;

    ExpressionSql(std::span<const SourceColumn> columns, const FunctionEnvironment& environment)
        : columns_(columns), environment_(environment) {}

    // Adds one more value to the row that the SELECT returns.
    void add(const ExpressionNode& node);

    const std::string& text() const { return sql_; }
    // Of all that was added; what is longer is cut, and no SQL.
    bool is_too_long() const { return sql_.size() > kTextBytesMax; }
    int values() const { return values_; }
    int parameters() const { return parameters_; }
    const std::vector<ColumnParameter>& columns() const { return column_parameters_; }
    const std::vector<ConstantParameter>& constants() const { return constants_; }
    const std::vector<SqlFunction>& functions() const { return functions_; }

private:
    using Form = ValueForm;

    void write(const ExpressionNode& node, Form form);
    void write_any(const ExpressionNode& node);
    void write_text(const ExpressionNode& node);
    void write_number(const ExpressionNode& node);
    void write_decimal(const ExpressionNode& node);
    void write_boolean(const ExpressionNode& node);
    void write_time(const ExpressionNode& node, Form form);
    void write_letter(const ExpressionNode& node, char letter);

    void write_comparison(const ExpressionNode& node);
    void write_joined(std::span<const NodePointer> nodes, std::string_view operation);
    void write_arithmetic(const ExpressionNode& node);
    void write_decimal_arithmetic(const ExpressionNode& node);
    void write_sum(const ExpressionNode& node);
    void write_in(const ExpressionNode& node);
    void write_between(const ExpressionNode& node);
    void write_choice(const ExpressionNode& node);
    void write_null_if(const ExpressionNode& node);
    void write_best(const ExpressionNode& node);
    void write_cast(const ExpressionNode& node);
    void write_rule(const ExpressionNode& node);

    static std::string_view operator_of(NodeKind kind);
    void write(std::string_view sql) { sql_ += sql; }
    void write_column(std::size_t column, bool as_number);
    void write_constant(std::string text);
    void write_real(double value);
    // The name and "(".
    void begin_call(const SqlFunction& function);
    void write_call(const SqlFunction& function, std::span<const NodePointer> arguments, Form form);

    std::span<const SourceColumn> columns_;
    const FunctionEnvironment& environment_;
    std::string sql_;
    int values_ = 0;
    int parameters_ = 0;
    std::map<std::pair<std::size_t, bool>, int> positions_;  // of columns, by as_number
    std::vector<ColumnParameter> column_parameters_;
    std::vector<ConstantParameter> constants_;
    std::vector<SqlFunction> functions_;
};

}  // namespace millrace::expressions
