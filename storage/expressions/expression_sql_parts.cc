// The operators of ExpressionSql that take more than a line.

#include <fmt/format.h>

#include <cstdint>
#include <limits>
#include <utility>

#include "core/base/check.h"
#include "storage/expressions/conversion_functions.h"
#include "storage/expressions/expression_sql.h"
#include "storage/expressions/json_functions.h"

namespace millrace::expressions {
namespace {

using Kind = NodeKind;
namespace fn = functions;

constexpr int kDecimalDigits = 38;  // of DECIMAL
constexpr int kDecimalScale = 9;    //

}  // namespace

std::string_view ExpressionSql::operator_of(NodeKind kind) {
    static constexpr std::pair<Kind, std::string_view> kOperators[] = {
        {Kind::add, " + "},           {Kind::subtract, " - "},    {Kind::multiply, " * "},
        {Kind::equal, " = "},         {Kind::same, " IS "},       {Kind::not_equal, " <> "},
        {Kind::less, " < "},          {Kind::less_equal, " <= "}, {Kind::greater, " > "},
        {Kind::greater_equal, " >= "}};
    for (const auto& [known, text] : kOperators) {
        if (kind == known) return text;
    }
    check(false, "no operator of SQL: {}", static_cast<int>(kind));
    return {};
}

void ExpressionSql::write_arithmetic(const ExpressionNode& node) {
    const auto& children = node.children;
    if (node.type == ValueType::decimal) return write_decimal_arithmetic(node);
    if (node.kind == Kind::whole_divide) {
        return write_call({"d_whole_divide", fn::whole_divide}, children,
                          are_decimals(children) ? Form::decimal : Form::number);
    }
    if (node.kind == Kind::remainder) {
        return write_call({"d_remainder", fn::remainder}, children, Form::number);
    }
    if (node.kind == Kind::negate) {
        write("(- ");  // "--" would begin a comment
        write_number(*children[0]);
        return write(")");
    }
    if (node.kind == Kind::divide) {
        write("(CAST(");
        write_number(*children[0]);
        write(" AS REAL) / ");
        write_number(*children[1]);
        return write(")");
    }
    write("(");
    write_sum(node);
    write(")");
}

void ExpressionSql::write_decimal_arithmetic(const ExpressionNode& node) {
    static constexpr std::pair<Kind, SqlFunction> kFunctions[] = {
        {Kind::add, {"d_decimal_add", fn::decimal_add}},
        {Kind::subtract, {"d_decimal_subtract", fn::decimal_subtract}},
        {Kind::multiply, {"d_decimal_multiply", fn::decimal_multiply}},
        {Kind::divide, {"d_decimal_divide", fn::decimal_divide}},
        {Kind::remainder, {"d_decimal_remainder", fn::decimal_remainder}}};
    if (node.kind == Kind::negate) {
        begin_call({"d_decimal_subtract", fn::decimal_subtract});
        write("0, ");
        write_decimal(*node.children[0]);
        return write(")");
    }
    for (const auto& [kind, function] : kFunctions) {
        if (node.kind == kind) return write_call(function, node.children, Form::decimal);
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
    auto form = comparison_form(node.children);
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
    const auto form = comparison_form(node.children);
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
        std::vector<const ExpressionNode*> compared;
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
    const auto form = comparison_form(node.children);
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
        const auto& child = *node.children[i];
        switch (node.type) {
            case ValueType::decimal:  // which is returned as it is
                begin_call(kToDecimal);
                write_decimal(child);
                write(")");
                break;
            case ValueType::date:
                write(child, Form::date);
                break;
            case ValueType::datetime:
                write(child, Form::datetime);
                break;
            case ValueType::text:
                write_text(child);
                break;
            case ValueType::null:
            case ValueType::boolean:
            case ValueType::integer:
            case ValueType::float64:
                write_number(child);
                break;
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
    if (node.text == "json") {  // a text, and NULL where that is no JSON
        begin_call({"d_json", fn::json_value});
        write_text(child);
        return write(fmt::format(", '$', {})", static_cast<int>(JsonValue::document)));
    }
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
            begin_call({"d_cast_datetime", fn::cast_datetime});
            write_text(child);
            return write(fmt::format(", {})", lengths.empty() ? 0 : lengths[0]));
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

}  // namespace millrace::expressions
