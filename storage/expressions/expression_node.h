#pragma once
// ExpressionNode: one literal, column, operator or call of an expression, with what it works on.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace millrace::expressions {

// As what a value is compared and computed with; what is written as one is the text, or a number.
enum class ValueType { null, boolean, integer, decimal, float64, text, date, datetime };

enum class NodeKind {
    null,
    boolean,   // integer: 1 or 0
    integer,   // integer
    decimal,   // text, as written
    float64,   // real
    text,      // text
    column,    // text: its name; integer: its position, once it is resolved
    call,      // text: the name, lower-case
    interval,  // of children[0]; text: the unit, lower-case
    add,
    subtract,
    multiply,
    divide,
    whole_divide,
    remainder,
    negate,
    all_of,  // AND of two or more
    any_of,  // OR of two or more
    negation,
    equal,
    same,  // <=>: NULL is the same as NULL
    not_equal,
    less,
    less_equal,
    greater,
    greater_equal,
    is_null,
    is_true,
    is_false,
    in,       // the first, in the others
    between,  // the first, from the second to the third
    like,     // text, pattern, maybe the escape
    choice,   // CASE: [subject] (when then)... [else]
    cast,     // text: the type, lower-case; lengths

    // What calls become when they are checked:
    coalesce,
    null_if,   // NULL if the two are equal, else the first
    greatest,  //
    least,     //
    shift,     // a time, moved by the second; integer: the TimeUnit
    span,      // from the second to the first; integer: the TimeUnit
    json,      // of a text; text: the path; integer: the JsonValue
};

struct ExpressionNode {
    NodeKind kind = NodeKind::null;
    std::size_t position = 1;  // where it is in the text, from 1
    std::string text;
    std::int64_t integer = 0;
    double real = 0;
    std::vector<std::unique_ptr<ExpressionNode>> children;
    std::vector<std::int64_t> lengths;  // of cast: VARCHAR(20), DECIMAL(10, 2)
    bool has_subject = false;           // of choice
    bool has_else = false;              //
    int depth = 1;

    // Once it is checked:
    ValueType type = ValueType::null;
    bool is_loose = false;  // its value may be any text: a column, and what passes one on
    bool has_columns = false;
};

using NodePointer = std::unique_ptr<ExpressionNode>;

}  // namespace millrace::expressions
