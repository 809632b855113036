#pragma once
// A column of a table as text: NAME[:TYPE][:key][:required].
//
// A name may have colons: only what stands behind the last ones and is a type or one of the two
// words counts. A word of capital letters that is no type is refused, because it is meant as one.

#include <optional>
#include <string>
#include <string_view>

#include "api/cli/json_fields.h"
#include "core/base/result.h"

namespace millrace::cli {

// As POST /tables takes it.
// Errors  invalid, with what is accepted
Result<Json> parse_table_column(std::string_view text);

// A column in one line, the same for what means the same.
std::string table_column_line(const Json& column);

// The text of a column of an answer; nothing where none means just that.
std::optional<std::string> table_column_text(const Json& column);

}  // namespace millrace::cli
