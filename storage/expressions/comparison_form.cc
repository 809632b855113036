#include "storage/expressions/comparison_form.h"

#include <algorithm>

namespace millrace::expressions {
namespace {

using Nodes = std::vector<const ExpressionNode*>;

constexpr std::size_t kShortDigits = 15;  // a double has them all

// Whether a double compares them as exactly as a decimal would.
bool are_short_numbers(const Nodes& nodes) {
    return std::all_of(nodes.begin(), nodes.end(), [](const ExpressionNode* node) {
        return node->type != ValueType::decimal ||
               (node->kind == NodeKind::decimal && node->text.size() <= kShortDigits);
    });
}

}  // namespace

ValueForm comparison_form(const Nodes& nodes) {
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
    if (has_date && !has_datetime && !has_text && !has_number) return ValueForm::date;
    if (has_date || has_datetime) return ValueForm::datetime;
    if (has_decimal && !has_text && !has_double && !are_short_numbers(nodes))
        return ValueForm::decimal;
    if (has_number) return ValueForm::number;
    if (has_boolean) return ValueForm::boolean;
    return ValueForm::text;
}

ValueForm comparison_form(std::span<const NodePointer> nodes) {
    Nodes pointers;
    for (const auto& node : nodes) pointers.push_back(node.get());
    return comparison_form(pointers);
}

bool is_exact_number(const ExpressionNode& node) {
    return !node.is_loose && (node.type == ValueType::boolean || node.type == ValueType::integer ||
                              node.type == ValueType::float64);
}

bool are_decimals(std::span<const NodePointer> nodes) {
    const auto is_decimal = [](const NodePointer& node) {
        return node->type == ValueType::decimal;
    };
    return std::any_of(nodes.begin(), nodes.end(), is_decimal) &&
           std::all_of(nodes.begin(), nodes.end(), [&](const NodePointer& node) {
               return is_decimal(node) || node->type == ValueType::integer ||
                      node->type == ValueType::boolean;
           });
}

}  // namespace millrace::expressions
