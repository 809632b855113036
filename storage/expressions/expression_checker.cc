#include "storage/expressions/expression_checker.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "core/base/shown_text.h"
#include "storage/expressions/comparison_form.h"
#include "storage/expressions/expression_tokens.h"
#include "storage/expressions/function_table.h"
#include "storage/expressions/special_calls.h"

namespace millrace::expressions {
namespace {

using Kind = NodeKind;

Error unknown_function(const ExpressionNode& node) {
    static constexpr std::string_view kImpure[] = {
        "uuid", "uuid_numeric", "rand", "random", "sleep", "uuid_to_int", "last_query_id"};
    if (std::find(std::begin(kImpure), std::end(kImpure), node.text) != std::end(kImpure)) {
        return Error(Code::invalid,
                     fmt::format("{}() at {} is refused: a load that is repeated would not be the "
                                 "same; docs/stream-load.md lists the functions",
                                 node.text, node.position));
    }
    return Error(Code::invalid,
                 fmt::format("there is no function {} for the one at {}; docs/stream-load.md "
                             "lists those that are",
                             shown_name(node.text), node.position));
}

bool is_number(ValueType type) {
    return type == ValueType::boolean || type == ValueType::integer || type == ValueType::decimal ||
           type == ValueType::float64;
}

bool is_time(ValueType type) {
    return type == ValueType::date || type == ValueType::datetime;
}

ValueType type_of(DataType type) {
    switch (type) {
        case DataType::string:
        case DataType::json:
            return ValueType::text;
        case DataType::integer:
            return ValueType::integer;
        case DataType::decimal:
            return ValueType::decimal;
        case DataType::float64:
            return ValueType::float64;
        case DataType::boolean:
            return ValueType::boolean;
        case DataType::date:
            return ValueType::date;
        case DataType::timestamp:
            return ValueType::datetime;
    }
    return ValueType::text;
}

// The children that may become the value of a choice.
bool is_result(const ExpressionNode& choice, std::size_t position) {
    if (choice.has_else && position + 1 == choice.children.size()) return true;
    return (position + (choice.has_subject ? 1 : 0)) % 2 == 1 && position > 0;
}

// The node's value is that of one of some children.
template <typename IsResult>
void take_type(ExpressionNode& node, IsResult is_result) {
    node.type = ValueType::null;
    for (std::size_t i = 0; i < node.children.size(); ++i) {
        if (!is_result(i)) continue;
        const auto& child = *node.children[i];
        const auto type = common_type(node.type, child.type);
        if (node.type != ValueType::null && type != node.type) node.is_loose = true;
        if (child.type != ValueType::null && type != child.type) node.is_loose = true;
        if (child.is_loose) node.is_loose = true;
        node.type = type;
    }
}

Result<ValueType> type_of_arithmetic(const ExpressionNode& node) {
    auto type = ValueType::integer;
    for (const auto& child : node.children) {
        if (is_time(child->type)) {
            return Error(Code::invalid,
                         fmt::format("a date at {} is computed with as a number; use date_add, "
                                     "date_sub, datediff or + INTERVAL",
                                     child->position));
        }
        const bool is_loose = child->type == ValueType::text || child->type == ValueType::null;
        type = common_type(type, is_loose ? ValueType::float64 : child->type);
    }
    if (node.kind == Kind::divide && type != ValueType::decimal) return ValueType::float64;
    return type;
}

Result<ValueType> type_of_cast(const ExpressionNode& node) {
    static constexpr std::pair<std::string_view, ValueType> kTypes[] = {
        {"tinyint", ValueType::integer},   {"smallint", ValueType::integer},
        {"int", ValueType::integer},       {"integer", ValueType::integer},
        {"bigint", ValueType::integer},    {"largeint", ValueType::decimal},
        {"decimal", ValueType::decimal},   {"decimalv2", ValueType::decimal},
        {"decimalv3", ValueType::decimal}, {"float", ValueType::float64},
        {"double", ValueType::float64},    {"boolean", ValueType::boolean},
        {"bool", ValueType::boolean},      {"char", ValueType::text},
        {"varchar", ValueType::text},      {"string", ValueType::text},
        {"text", ValueType::text},         {"json", ValueType::text},
        {"date", ValueType::date},         {"datev2", ValueType::date},
        {"datetime", ValueType::datetime}, {"datetimev2", ValueType::datetime},
        {"timestamp", ValueType::datetime}};
    const auto* const found = std::find_if(std::begin(kTypes), std::end(kTypes),
                                           [&](const auto& row) { return row.first == node.text; });
    if (found == std::end(kTypes)) {
        return Error(
            Code::invalid,
            fmt::format("CAST to {} at {} is not there; docs/stream-load.md lists the types",
                        shown_name(node.text), node.position));
    }
    const bool is_decimal = node.text.starts_with("decimal");
    const auto& lengths = node.lengths;
    if (lengths.size() > (is_decimal ? 2U : 1U) ||
        (is_decimal && !lengths.empty() && (lengths[0] < 1 || lengths[0] > 38)) ||
        (lengths.size() == 2 && (lengths[1] < 0 || lengths[1] > lengths[0]))) {
        return Error(Code::invalid,
                     fmt::format("the lengths of the type at {} are not possible", node.position));
    }
    return found->second;
}

bool takes_interval(const ExpressionNode& node) {
    const auto& name = node.text;
    return node.kind == Kind::call &&
           (name == "date_add" || name == "adddate" || name == "date_sub" || name == "subdate");
}

}  // namespace

ValueType common_type(ValueType a, ValueType b) {
    if (a == b || b == ValueType::null) return a;
    if (a == ValueType::null) return b;
    if (is_number(a) && is_number(b)) return std::max(a, b);
    if (is_time(a) && is_time(b)) return ValueType::datetime;
    return ValueType::text;
}

ExpressionChecker::ExpressionChecker(std::span<const SourceColumn> columns,
                                     const FunctionEnvironment& environment)
    : columns_(columns), environment_(environment) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
        by_name_.emplace(lower_case(columns[i].name), i);
    }
}

Result<void> ExpressionChecker::check(ExpressionNode& node) const {
    // timestampdiff(DAY, a, b): the unit is no column.
    const bool begins_with_unit = node.kind == Kind::call && node.text.starts_with("timestamp");
    for (std::size_t i = begins_with_unit ? 1 : 0; i < node.children.size(); ++i) {
        auto& child = *node.children[i];
        TRY(check(child));
        node.has_columns = node.has_columns || child.has_columns;
        if (child.kind == Kind::interval && !(i == 1 && takes_interval(node))) {
            return Error(Code::invalid,
                         fmt::format("INTERVAL at {} stands in date_add and date_sub, and behind + "
                                     "and -",
                                     child.position));
        }
    }
    if (node.kind == Kind::column) return check_column(node);
    if (node.kind == Kind::call) return check_call(node);
    return check_type(node);
}

Result<void> ExpressionChecker::check_column(ExpressionNode& node) const {
    const auto found = by_name_.find(lower_case(node.text));
    if (found != by_name_.end()) {
        node.integer = static_cast<std::int64_t>(found->second);
        node.type = type_of(columns_[found->second].data_type);
        node.is_loose = true;
        node.has_columns = true;
        return {};
    }
    const auto name = lower_case(node.text);
    if (name == "current_timestamp" || name == "current_date" || name == "localtimestamp") {
        node.text = name;
        return become_clock(node, environment_).ok() ? Result<void>()
                                                     : Error(Code::internal, "a clock");
    }
    ShownList names(", ");
    for (const auto& column : columns_) names.add(column.name);
    return Error(Code::invalid,
                 fmt::format("unknown column {} at {}; there {}", shown_name(node.text),
                             node.position, names.empty() ? "is none" : "are " + names.text()));
}

Result<void> ExpressionChecker::check_call(ExpressionNode& node) const {
    const auto& name = node.text;
    constexpr std::size_t kMany = 100;
    if (name == "if") {
        TRY(expect_count(node, 3, 3));
        node.kind = Kind::choice;
        node.has_else = true;
        return check_type(node);
    }
    if (name == "ifnull" || name == "nvl" || name == "coalesce") {
        TRY(expect_count(node, name == "coalesce" ? 1 : 2, name == "coalesce" ? kMany : 2));
        node.kind = Kind::coalesce;
        return check_type(node);
    }
    if (name == "nullif" || name == "mod") {
        TRY(expect_count(node, 2, 2));
        node.kind = name == "mod" ? Kind::remainder : Kind::null_if;
        return check_type(node);
    }
    if (name == "greatest" || name == "least") {
        TRY(expect_count(node, 1, kMany));
        node.kind = name == "least" ? Kind::least : Kind::greatest;
        return check_type(node);
    }
    TRY_ASSIGN(const bool is_clock, become_clock(node, environment_));
    if (is_clock) return {};
    TRY_ASSIGN(const bool is_shift, become_shift(node));
    if (is_shift) return {};
    TRY_ASSIGN(const bool is_json, become_json(node));
    if (is_json) return {};

    const auto* rule = find_function(name);
    if (rule == nullptr) return unknown_function(node);
    TRY(expect_count(node, rule->count_min(), rule->count_max()));
    if (rule->type) {
        node.type = *rule->type;
        if (name == "pmod" && are_decimals(node.children)) node.type = ValueType::decimal;
        // These return a day where they are given days.
        node.is_loose = node.type == ValueType::datetime;
        return {};
    }
    const auto first = node.children[0]->type;
    node.type = is_number(first) ? first : ValueType::float64;
    if (node.type == ValueType::boolean) node.type = ValueType::integer;
    return {};
}

Result<void> ExpressionChecker::check_type(ExpressionNode& node) const {
    switch (node.kind) {
        case Kind::null:
            node.type = ValueType::null;
            break;
        case Kind::integer:
            node.type = ValueType::integer;
            break;
        case Kind::decimal:
            node.type = ValueType::decimal;
            break;
        case Kind::float64:
            node.type = ValueType::float64;
            break;
        case Kind::text:
            node.type = ValueType::text;
            break;
        case Kind::add:
        case Kind::subtract:
        case Kind::multiply:
        case Kind::divide:
        case Kind::remainder:
        case Kind::negate: {
            TRY_ASSIGN(node.type, type_of_arithmetic(node));
            break;
        }
        case Kind::whole_divide: {
            TRY(type_of_arithmetic(node));
            node.type = ValueType::integer;
            break;
        }
        case Kind::choice:
            take_type(node, [&](std::size_t i) { return is_result(node, i); });
            break;
        case Kind::coalesce:
            take_type(node, [](std::size_t) { return true; });
            break;
        case Kind::null_if:
            take_type(node, [](std::size_t i) { return i == 0; });
            break;
        case Kind::greatest:
        case Kind::least:
            take_type(node, [](std::size_t) { return true; });
            node.is_loose = false;
            break;
        case Kind::cast: {
            TRY_ASSIGN(node.type, type_of_cast(node));
            // Its text has digits that those of other times need not have.
            node.is_loose = node.type == ValueType::datetime && !node.lengths.empty();
            break;
        }
        case Kind::boolean:
        case Kind::all_of:
        case Kind::any_of:
        case Kind::negation:
        case Kind::equal:
        case Kind::same:
        case Kind::not_equal:
        case Kind::less:
        case Kind::less_equal:
        case Kind::greater:
        case Kind::greater_equal:
        case Kind::is_null:
        case Kind::is_true:
        case Kind::is_false:
        case Kind::in:
        case Kind::between:
        case Kind::like:
            node.type = ValueType::boolean;
            break;
        case Kind::interval:
        case Kind::column:
        case Kind::call:
        case Kind::shift:
        case Kind::span:
        case Kind::json:
            break;
    }
    return {};
}

}  // namespace millrace::expressions
