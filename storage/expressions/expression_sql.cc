#include "storage/expressions/expression_sql.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "storage/expressions/conversion_functions.h"
#include "storage/expressions/json_functions.h"
#include "storage/expressions/local_time.h"
#include "storage/expressions/loose_value.h"
#include "storage/expressions/number_functions.h"
#include "storage/expressions/text_functions.h"
#include "storage/expressions/time_functions.h"

namespace millrace::expressions {
namespace {

using Kind = NodeKind;
namespace fn = functions;

bool is_literal(const ExpressionNode& node) {
    return node.kind == Kind::boolean || node.kind == Kind::integer || node.kind == Kind::decimal ||
           node.kind == Kind::float64 || node.kind == Kind::text;
}

double real_of(const std::string& text) {
    double value = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
    if (parsed.ec != std::errc()) return std::numeric_limits<double>::infinity();
    return value;
}

}  // namespace

void ExpressionSql::add(const ExpressionNode& node) {
    write(values_++ == 0 ? "SELECT " : ", ");
    write_any(node);
}

void ExpressionSql::write(const ExpressionNode& node, Form form) {
    switch (form) {
        case Form::any:
            return write_any(node);
        case Form::text:
            return write_text(node);
        case Form::number:
            return write_number(node);
        case Form::decimal:
            return write_decimal(node);
        case Form::boolean:
            return write_boolean(node);
        case Form::date:
        case Form::datetime:
            return write_time(node, form);
    }
}

void ExpressionSql::write_any(const ExpressionNode& node) {
    // Some parts are written twice, and those in them four times.
    if (is_too_long()) return;
    switch (node.kind) {
        case Kind::null:
            return write("NULL");
        case Kind::boolean:
            return write(node.integer != 0 ? "1" : "0");
        case Kind::integer:
            return write(fmt::format("{}", node.integer));
        case Kind::float64:
            return write_real(node.real);
        case Kind::decimal:
        case Kind::text:
            return write_constant(node.text);
        case Kind::column:
            return write_column(static_cast<std::size_t>(node.integer), false);
        case Kind::call:
            return write_rule(node);
        case Kind::add:
        case Kind::subtract:
        case Kind::multiply:
        case Kind::divide:
        case Kind::whole_divide:
        case Kind::remainder:
        case Kind::negate:
            return write_arithmetic(node);
        case Kind::all_of:
            return write_joined(node.children, " AND ");
        case Kind::any_of:
            return write_joined(node.children, " OR ");
        case Kind::negation:
            write("(NOT ");
            write_boolean(*node.children[0]);
            return write(")");
        case Kind::equal:
        case Kind::same:
        case Kind::not_equal:
        case Kind::less:
        case Kind::less_equal:
        case Kind::greater:
        case Kind::greater_equal:
            return write_comparison(node);
        case Kind::is_null:
            write("(");
            write_any(*node.children[0]);
            return write(" IS NULL)");
        case Kind::is_true:
        case Kind::is_false:
            write("(");
            write_boolean(*node.children[0]);
            return write(node.kind == Kind::is_true ? " IS 1)" : " IS 0)");
        case Kind::in:
            return write_in(node);
        case Kind::between:
            return write_between(node);
        case Kind::like:
            return write_call({"d_like", fn::like}, node.children, Form::text);
        case Kind::choice:
            return write_choice(node);
        case Kind::cast:
            return write_cast(node);
        case Kind::coalesce:
            if (node.children.size() == 1) return write_any(*node.children[0]);
            return write_call({"coalesce", nullptr}, node.children, Form::any);
        case Kind::null_if:
            return write_null_if(node);
        case Kind::greatest:
        case Kind::least:
            return write_best(node);
        case Kind::shift:
            begin_call({"d_date_add", fn::date_add});
            write_text(*node.children[0]);
            write(", CAST(");
            write_number(*node.children[1]);
            return write(fmt::format(" AS INTEGER), {})", node.integer));
        case Kind::span:
            begin_call({"d_date_diff", fn::date_diff});
            write_text(*node.children[0]);
            write(", ");
            write_text(*node.children[1]);
            return write(fmt::format(", {})", node.integer));
        case Kind::json:
            begin_call({"d_json", fn::json_value});
            write_text(*node.children[0]);
            write(", ");
            write_constant(node.text);
            return write(fmt::format(", {})", node.integer));
        case Kind::interval:
            return write("NULL");  // the checker has refused it
    }
}

void ExpressionSql::write_text(const ExpressionNode& node) {
    if (node.kind == Kind::boolean || node.kind == Kind::integer) {
        return write_constant(fmt::format("{}", node.integer));
    }
    if (node.kind == Kind::float64) return write_constant(double_text(node.real));
    const bool is_mixed = node.is_loose && node.kind != Kind::column && node.kind != Kind::shift;
    if (!is_mixed && !is_exact_number(node)) return write_any(node);
    begin_call(kToText);
    write_any(node);
    write(")");
}

void ExpressionSql::write_number(const ExpressionNode& node) {
    if (node.kind == Kind::decimal) return write_real(real_of(node.text));
    if (node.kind == Kind::null || is_exact_number(node)) return write_any(node);
    if (node.kind == Kind::column) {
        return write_column(static_cast<std::size_t>(node.integer), true);
    }
    if (node.kind == Kind::text) {
        const auto number = parse_number(node.text);
        if (!number) return write("NULL");
        if (const auto* whole = std::get_if<std::int64_t>(&*number)) {
            return write(fmt::format("{}", *whole));
        }
        return write_real(std::get<double>(*number));
    }
    begin_call(kToNumber);
    write_any(node);
    write(")");
}

// Functions of decimals read whatever they get; so a text need not be read twice.
void ExpressionSql::write_decimal(const ExpressionNode& node) {
    const bool is_other_column = node.kind == Kind::column && node.type != ValueType::decimal;
    is_other_column ? write_number(node) : write_any(node);
}

void ExpressionSql::write_boolean(const ExpressionNode& node) {
    if (node.kind == Kind::null || (node.type == ValueType::boolean && !node.is_loose)) {
        return write_any(node);
    }
    if (node.kind == Kind::text) {
        const auto truth = parse_truth(node.text);
        return write(!truth ? "NULL" : *truth ? "1" : "0");
    }
    begin_call(kToBoolean);
    write_any(node);
    write(")");
}

void ExpressionSql::write_time(const ExpressionNode& node, Form form) {
    const auto wanted = form == Form::date ? ValueType::date : ValueType::datetime;
    if (node.kind == Kind::null || (node.type == wanted && !node.is_loose)) return write_any(node);
    if (is_literal(node)) {
        const auto text = node.kind == Kind::integer ? fmt::format("{}", node.integer) : node.text;
        const auto time = parse_local_time(text, environment_.zone);
        if (!time) return write("NULL");
        return write_constant(form == Form::date ? time->date_text() : time->datetime_text());
    }
    begin_call(form == Form::date ? kToDate : kToDatetime);
    write_text(node);
    write(")");
}

void ExpressionSql::write_comparison(const ExpressionNode& node) {
    const auto form = comparison_form(node.children);
    if (form == Form::decimal && node.kind == Kind::same) {
        return write_call({"d_decimal_same", fn::decimal_same, false}, node.children, form);
    }
    write("(");
    if (form == Form::decimal) {
        write_call(kCompare, node.children, form);
        write(operator_of(node.kind));
        return write("0)");
    }
    write(*node.children[0], form);
    write(operator_of(node.kind));
    write(*node.children[1], form);
    write(")");
}

// In halves, so that many are not nested deep.
void ExpressionSql::write_joined(std::span<const NodePointer> nodes, std::string_view operation) {
    if (nodes.size() == 1) return write_boolean(*nodes[0]);
    write("(");
    write_joined(nodes.first(nodes.size() / 2), operation);
    write(operation);
    write_joined(nodes.subspan(nodes.size() / 2), operation);
    write(")");
}

void ExpressionSql::write_letter(const ExpressionNode& node, char letter) {
    switch (letter) {
        case 'n':
            return write_number(node);
        case 'v':
            return node.type == ValueType::decimal ? write_decimal(node) : write_number(node);
        case 'w':
            return node.type == ValueType::integer ? write_number(node) : write_text(node);
        default:
            return write_text(node);
    }
}

void ExpressionSql::write_column(std::size_t column, bool as_number) {
    const auto [found, is_new] = positions_.try_emplace({column, as_number}, parameters_ + 1);
    if (is_new) {
        ++parameters_;
        column_parameters_.push_back(
            {.column = column, .as_number = as_number, .position = parameters_});
    }
    write(fmt::format("?{}", found->second));
}

void ExpressionSql::write_constant(std::string text) {
    constants_.push_back({.text = std::move(text), .position = ++parameters_});
    write(fmt::format("?{}", parameters_));
}

void ExpressionSql::write_real(double value) {
    if (std::isinf(value)) return write(value < 0 ? "-9e999" : "9e999");
    write(fmt::format("{:.17e}", value));
}

void ExpressionSql::begin_call(const SqlFunction& function) {
    const auto known = std::find_if(
        functions_.begin(), functions_.end(),
        [&](const SqlFunction& other) { return std::string_view(other.name) == function.name; });
    if (known == functions_.end()) functions_.push_back(function);
    write(function.name);
    write("(");
}

void ExpressionSql::write_call(const SqlFunction& function, std::span<const NodePointer> arguments,
                               Form form) {
    begin_call(function);
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        if (i > 0) write(", ");
        write(*arguments[i], form);
    }
    write(")");
}

}  // namespace millrace::expressions
