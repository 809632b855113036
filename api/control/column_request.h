#pragma once
// The columns of a mapping as clients send them.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "api/control/json_body.h"
#include "core/model/column.h"
#include "core/model/defined_table.h"

namespace millrace::control {

// One column; `path` is what messages call it.
Column parse_column(const Json& json, const std::string& path, Problems& problems);

// 1 to `columns_max` columns; `path` is what messages call the array. What is wrong goes to
// `problems`, and the columns are then of no use.
std::vector<Column> parse_columns(const Json& array, std::string_view path, std::size_t columns_max,
                                  Problems& problems);

// The same of a table that loads write to: {"name", "dataType", "primaryKey", "nullable"}.
std::vector<DefinedColumn> parse_defined_columns(const Json& array, std::string_view path,
                                                 std::size_t columns_max, Problems& problems);

}  // namespace millrace::control
