#pragma once
// What an expression makes of one row, as a text that tests compare: "NULL", the value, or the
// error.

#include <optional>
#include <string>
#include <vector>

#include "core/model/data_type.h"
#include "core/ports/row_expressions.h"

namespace millrace::expressions {

struct Source {
    std::string name;
    std::optional<std::string> cell;
    DataType data_type = DataType::string;
};

// 2026-01-31 09:30:00 UTC is now.
std::string value_of(const std::string& expression, const std::vector<Source>& row = {},
                     const std::string& time_zone = "UTC");

}  // namespace millrace::expressions
