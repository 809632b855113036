#pragma once
// Values in JSON by a path: "$.a.b[0]", "$.\"a.b\"".
//
// See  Apache Doris, JSON functions: json_extract, get_json_string

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/result.h"
#include "storage/sqlite/pure_connection.h"

namespace millrace::expressions {

enum class JsonValue { document, string, integer, real, boolean };  // as what it is wanted

using JsonStep = std::variant<std::string, std::size_t>;  // a key, or an index

// Errors  invalid, for the client: it is no path, or one with *
Result<std::vector<JsonStep>> parse_json_path(std::string_view path);

namespace functions {

// text, path, JsonValue: NULL where the text is no JSON, the path is not in it, or its value is not
// of that kind. Of equal keys the first counts; numbers and documents are as they were written, but
// without white space.
void json_value(const sqlite::Arguments& in, sqlite::FunctionResult& out, void* context);

}  // namespace functions
}  // namespace millrace::expressions
