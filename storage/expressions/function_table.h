#pragma once
// The functions that an expression may call: one row each, with what it takes and returns.
//
// Those that only look like functions (if, coalesce, now, date_add, json_extract ...) are made by
// the checker.
//
// See  docs/stream-load.md ("Expressions")

#include <optional>
#include <string_view>
#include <vector>

#include "storage/expressions/expression_node.h"
#include "storage/sqlite/pure_connection.h"

namespace millrace::expressions {

// A function of SQLite's machine.
struct SqlFunction {
    const char* name = nullptr;  // there
    sqlite::ScalarFunction function = nullptr;
    bool null_for_null = true;
};

struct FunctionRule {
    std::string_view name;  // as it is called, lower-case
    // A letter for each argument: t text, n number, v number or decimal, w number if it is one and
    // else text. Those behind | may be left out, * is any number of the one before it.
    std::string_view arguments;
    std::optional<ValueType> type;  // none: that of the first argument
    SqlFunction sql;

    std::size_t count_min() const;
    std::size_t count_max() const;
    char form_of(std::size_t position) const;
};

// Null if there is none.
const FunctionRule* find_function(std::string_view lower_case);

std::vector<std::string_view> function_names();

}  // namespace millrace::expressions
