#pragma once
// What fills a column of Pinot where no plain path can: Jsonnet for template columns.
//
// As in Pinot, a value of the message that has the name of the column wins over its transform, and
// a transform of which an argument is missing gives the default of the column.
//
// See  docs/pinot.md, "Transforms"

#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace millrace::pinot {

// `otherwise` is Jsonnet for the default.
// Errors  invalid: a function or pattern that is not there
Result<std::string> transform_template(std::string_view column, std::string_view function,
                                       std::string_view otherwise);

// A TIMESTAMP of a message is milliseconds since 1970 or a text.
std::string timestamp_template(std::string_view column, std::string_view otherwise);

// The path of a column: `name`, or `["a.b"]` where it has other characters than letters and such.
std::string path_of_column(std::string_view column);

// The functions that are there, for docs/pinot.md.
std::vector<std::string_view> transform_functions();

// A text as Jsonnet.
std::string jsonnet_text(std::string_view text);

}  // namespace millrace::pinot
