#pragma once
// The argument of --column: NAME=PATH[:TYPE][:key][:required] or NAME=@KIND[:TYPE][:key].
//
// What stands behind the last colons counts only if it is a type or one of the words, so a path
// may have colons: `url=links.self:href` is one path. A word of upper-case letters that is no type
// is refused, because it is meant as one, and so is `integer` or `Key`; a key that is so is written
// ["self:HREF"].
//
// See  docs/mapping.md, for paths and types

#include <optional>
#include <string>
#include <string_view>

#include "api/cli/json_fields.h"
#include "core/base/result.h"

namespace millrace::cli {

// The column as the API takes it. A string of a path column is without its quotes, and where a
// path is missing the cell is empty, unless the column is of the key or required.
// Errors  invalid, with what is accepted
Result<Json> parse_column(std::string_view argument);

// The argument that makes just this column; nothing where none does.
std::optional<std::string> column_text(const Json& column);

// Without what is only of answers, and what is the default.
Json plain_column(Json column);
// Whether the API makes the same of both.
bool is_same_column(const Json& a, const Json& b);

}  // namespace millrace::cli
