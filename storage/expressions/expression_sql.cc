#include "storage/expressions/expression_sql.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

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

constexpr SqlFunction kToText{"d_text", fn::to_text};
constexpr SqlFunction kToNumber{"d_number", fn::to_number};
constexpr SqlFunction kToDecimal{"d_decimal", fn::to_decimal};
constexpr SqlFunction kToBoolean{"d_boolean", fn::to_boolean};
constexpr SqlFunction kToDate{"d_date", fn::to_date};
constexpr SqlFunction kToDatetime{"d_datetime", fn::to_datetime};
constexpr SqlFunction kCompare{"d_decimal_compare", fn::decimal_compare};

constexpr std::size_t kShortDigits = 15;  // a double has them all
constexpr int kDecimalDigits = 38;        // of DECIMAL
constexpr int kDecimalScale = 9;          //

bool is_literal(const ExpressionNode& node) {
    switch (node.kind) {
        case Kind::null:
        case Kind::boolean:
        case Kind::integer:
        case Kind::decimal:
        case Kind::float64:
        case Kind::text:
            return true;
        default:
            return false;
    }
}

bool is_exact_number(const ExpressionNode& node) {
    return !node.is_loose && (node.type == ValueType::boolean || node.type == ValueType::integer ||
                              node.type == ValueType::float64);
}

std::vector<const ExpressionNode*> all(std::span<const NodePointer> nodes) {
    std::vector<const ExpressionNode*> result;
    for (const auto& node : nodes) result.push_back(node.get());
    return result;
}

double real_of(const std::string& text) {
    double value = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
    if (parsed.ec != std::errc()) return std::numeric_limits<double>::infinity();
    return value;
}

std::string_view operator_of(Kind kind) {
    switch (kind) {
        case Kind::add:
            return " + ";
        case Kind::subtract:
            return " - ";
        case Kind::multiply:
            return " * ";
        case Kind::equal:
            return " = ";
        case Kind::same:
            return " IS ";
        case Kind::not_equal:
            return " <> ";
        case Kind::less:
            return " < ";
        case Kind::less_equal:
            return " <= ";
        case Kind::greater:
            return " > ";
        case Kind::greater_equal:
            return " >= ";
        default:
            return " ";
    }
}

}  // namespace

void ExpressionSql::add(const ExpressionNode& node) {
    write(values_++ == 0 ? "SELECT " : ", ");
    write_any(node);
}

// By the types of what is compared: numbers if there is one, times if there is one, else texts.
ExpressionSql::Form ExpressionSql::comparison_form(const Nodes& nodes) {
    bool has_text = false, has_date = false, has_datetime = false, has_boolean = false;
    bool has_integer = false, has_decimal = false, has_double = false;
    for (const auto* node : nodes) {
        switch (node->type) {
            case ValueType::null:
                break;
            case ValueType::boolean:
                has_boolean = true;
                break;
            case ValueType::integer:
                has_integer = true;
                break;
            case ValueType::decimal:
                has_decimal = true;
                break;
            case ValueType::float64:
                has_double = true;
                break;
            case ValueType::text:
                has_text = true;
                break;
            case ValueType::date:
                has_date = true;
                break;
            case ValueType::datetime:
                has_datetime = true;
                break;
        }
    }
    const bool has_number = has_integer || has_decimal || has_double;
    if (has_date && !has_datetime && !has_text && !has_number) return Form::date;
    if (has_date || has_datetime) return Form::datetime;
    if (has_decimal && !has_text && !has_double && !are_short_numbers(nodes)) return Form::decimal;
    if (has_number) return Form::number;
    if (has_boolean) return Form::boolean;
    return Form::text;
}

// Whether a double compares them as exactly as a decimal would.
bool ExpressionSql::are_short_numbers(const Nodes& nodes) {
    return std::all_of(nodes.begin(), nodes.end(), [](const ExpressionNode* node) {
        return node->type != ValueType::decimal ||
               (node->kind == Kind::decimal && node->text.size() <= kShortDigits);
    });
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
    const auto form = comparison_form(all(node.children));
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

void ExpressionSql::write_arithmetic(const ExpressionNode& node) {
    const auto& children = node.children;
    if (node.type == ValueType::decimal) {
        switch (node.kind) {
            case Kind::add:
                return write_call({"d_decimal_add", fn::decimal_add}, children, Form::decimal);
            case Kind::multiply:
                return write_call({"d_decimal_multiply", fn::decimal_multiply}, children,
                                  Form::decimal);
            case Kind::divide:
                return write_call({"d_decimal_divide", fn::decimal_divide}, children,
                                  Form::decimal);
            case Kind::remainder:
                return write_call({"d_decimal_remainder", fn::decimal_remainder}, children,
                                  Form::decimal);
            case Kind::negate:
                begin_call({"d_decimal_subtract", fn::decimal_subtract});
                write("0, ");
                write_decimal(*children[0]);
                return write(")");
            default:
                return write_call({"d_decimal_subtract", fn::decimal_subtract}, children,
                                  Form::decimal);
        }
    }
    switch (node.kind) {
        case Kind::whole_divide:
            return write_call({"d_whole_divide", fn::whole_divide}, children, Form::number);
        case Kind::remainder:
            return write_call({"d_remainder", fn::remainder}, children, Form::number);
        case Kind::negate:
            write("(- ");  // "--" would begin a comment
            write_number(*children[0]);
            return write(")");
        case Kind::divide:
            write("(CAST(");
            write_number(*children[0]);
            write(" AS REAL) / ");
            write_number(*children[1]);
            return write(")");
        default:
            write("(");
            write_sum(node);
            write(")");
    }
}

// a + b + c without parentheses: SQLite's parser is not deep.
void ExpressionSql::write_sum(const ExpressionNode& node) {
    const auto& first = *node.children[0];
    const bool is_product = node.kind == Kind::multiply;
    const bool goes_on = is_exact_number(first) &&
                         (is_product ? first.kind == Kind::multiply
                                     : first.kind == Kind::add || first.kind == Kind::subtract);
    if (goes_on) {
        write_sum(first);
    } else {
        write_number(first);
    }
    write(operator_of(node.kind));
    write_number(*node.children[1]);
}

// A column is compared one by one: for IN, SQLite would build a tree of the list for every row.
void ExpressionSql::write_in(const ExpressionNode& node) {
    auto form = comparison_form(all(node.children));
    const auto& subject = *node.children[0];
    const auto values = std::span<const NodePointer>(node.children).subspan(1);
    if (subject.kind != Kind::column) {
        if (form == Form::decimal) form = Form::number;
        write(subject, form);
        write(" IN (");
        for (std::size_t i = 0; i < values.size(); ++i) {
            if (i > 0) write(", ");
            write(*values[i], form);
        }
        return write(")");
    }
    write("CASE ");
    if (form != Form::decimal) write(subject, form);
    bool has_null = false;
    for (const auto& value : values) {
        has_null = has_null || value->kind == Kind::null;
        write(" WHEN ");
        if (form == Form::decimal) {
            begin_call(kCompare);
            write(subject, form);
            write(", ");
        }
        write(*value, form);
        write(form == Form::decimal ? ") = 0 THEN 1" : " THEN 1");
    }
    write(" ELSE ");
    if (has_null) return write("NULL END");
    write("CASE WHEN ");
    write(subject, form);
    write(" IS NULL THEN NULL ELSE 0 END END");
}

void ExpressionSql::write_between(const ExpressionNode& node) {
    const auto form = comparison_form(all(node.children));
    const auto& children = node.children;
    write("(");
    if (form == Form::decimal) {
        for (std::size_t i = 1; i < 3; ++i) {
            begin_call(kCompare);
            write(*children[0], form);
            write(", ");
            write(*children[i], form);
            write(i == 1 ? ") >= 0 AND " : ") <= 0)");
        }
        return;
    }
    write(*children[0], form);
    write(" BETWEEN ");
    write(*children[1], form);
    write(" AND ");
    write(*children[2], form);
    write(")");
}

// An ELSE that is a choice as well goes on with its WHENs: SQLite's parser is not deep.
void ExpressionSql::write_choice(const ExpressionNode& node) {
    const auto* choice = &node;
    write("CASE");
    auto form = Form::boolean;
    if (node.has_subject) {
        Nodes compared;
        const auto results = node.has_else ? node.children.size() - 1 : node.children.size();
        for (std::size_t i = 0; i < results; i += i == 0 ? 1 : 2) {
            compared.push_back(node.children[i].get());
        }
        form = comparison_form(compared);
        if (form == Form::decimal) form = Form::number;
        write(" ");
        write(*node.children[0], form);
    }
    while (true) {
        const auto& children = choice->children;
        const std::size_t first = choice->has_subject ? 1 : 0;
        for (std::size_t i = first; i + 1 < children.size(); i += 2) {
            write(" WHEN ");
            write(*children[i], form);
            write(" THEN ");
            write_any(*children[i + 1]);
        }
        if (!choice->has_else) break;
        const auto& last = *children.back();
        if (!node.has_subject && last.kind == Kind::choice && !last.has_subject) {
            choice = &last;
            continue;
        }
        write(" ELSE ");
        write_any(last);
        break;
    }
    write(" END");
}

void ExpressionSql::write_null_if(const ExpressionNode& node) {
    const auto form = comparison_form(all(node.children));
    write("CASE WHEN ");
    if (form == Form::decimal) {
        write_call(kCompare, node.children, form);
        write(" = 0");
    } else {
        write(*node.children[0], form);
        write(" = ");
        write(*node.children[1], form);
    }
    write(" THEN NULL ELSE ");
    write_any(*node.children[0]);
    write(" END");
}

void ExpressionSql::write_best(const ExpressionNode& node) {
    const bool is_greatest = node.kind == Kind::greatest;
    switch (node.type) {
        case ValueType::null:
            return write("NULL");
        case ValueType::boolean:
        case ValueType::integer:
        case ValueType::float64:
        case ValueType::decimal:
            begin_call(is_greatest ? SqlFunction{"d_greatest", fn::greatest}
                                   : SqlFunction{"d_least", fn::least});
            break;
        case ValueType::text:
        case ValueType::date:
        case ValueType::datetime:
            begin_call(is_greatest ? SqlFunction{"d_greatest_text", fn::greatest_text}
                                   : SqlFunction{"d_least_text", fn::least_text});
    }
    for (std::size_t i = 0; i < node.children.size(); ++i) {
        if (i > 0) write(", ");
        switch (node.type) {
            case ValueType::decimal:  // which is returned as it is
                begin_call(kToDecimal);
                write_decimal(*node.children[i]);
                write(")");
                break;
            case ValueType::date:
                write(*node.children[i], Form::date);
                break;
            case ValueType::datetime:
                write(*node.children[i], Form::datetime);
                break;
            case ValueType::text:
                write_text(*node.children[i]);
                break;
            default:
                write_number(*node.children[i]);
        }
    }
    write(")");
}

void ExpressionSql::write_cast(const ExpressionNode& node) {
    const auto& child = *node.children[0];
    const auto& lengths = node.lengths;
    const auto integer = [&](std::int64_t min, std::int64_t max) {
        begin_call({"d_cast_integer", fn::cast_integer});
        write_any(child);
        write(fmt::format(", {}, {})", min, max));
    };
    switch (node.type) {
        case ValueType::integer:
            if (node.text == "tinyint") return integer(-128, 127);
            if (node.text == "smallint") return integer(-32'768, 32'767);
            if (node.text != "bigint") return integer(INT32_MIN, INT32_MAX);
            return integer(std::numeric_limits<std::int64_t>::min(),
                           std::numeric_limits<std::int64_t>::max());
        case ValueType::decimal: {
            if (node.text == "largeint") {
                begin_call({"d_truncate", fn::truncate});
                begin_call(kToDecimal);
                write_any(child);
                return write("), 0)");
            }
            begin_call({"d_cast_decimal", fn::cast_decimal});
            write_any(child);
            const auto digits = lengths.empty() ? kDecimalDigits : lengths[0];
            const auto scale = lengths.size() > 1 ? lengths[1]
                               : lengths.empty()  ? std::int64_t{kDecimalScale}
                                                  : 0;
            return write(fmt::format(", {}, {})", digits, scale));
        }
        case ValueType::float64:
            write("CAST(");
            write_number(child);
            return write(" AS REAL)");
        case ValueType::boolean:
            return write_boolean(child);
        case ValueType::date:
            return write_time(child, Form::date);
        case ValueType::datetime:
            if (lengths.empty()) return write_time(child, Form::datetime);
            begin_call(kToDatetime);
            write_text(child);
            return write(fmt::format(", {})", lengths[0]));
        case ValueType::null:
        case ValueType::text:
            if (lengths.empty()) return write_text(child);
            begin_call({"d_cast_text", fn::cast_text});
            write_any(child);
            return write(fmt::format(", {})", lengths[0]));
    }
}

void ExpressionSql::write_rule(const ExpressionNode& node) {
    const auto& rule = *find_function(node.text);
    begin_call(rule.sql);
    for (std::size_t i = 0; i < node.children.size(); ++i) {
        if (i > 0) write(", ");
        write_letter(*node.children[i], rule.form_of(i));
    }
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
