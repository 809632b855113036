#pragma once
// TransformExpression: a transform function of Pinot, parsed: `toEpochDays(ts)`,
// `jsonPathString(data, '$.a', 'x')`, `concat(first, last, ' ')`.
//
// See  transform_jsonnet.h for what becomes of it

#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace millrace::pinot {

struct TransformExpression {
    enum class Kind { column, text, number, truth, call };
    Kind kind = Kind::column;
    std::string value;  // the name of a column or function, the text, the digits, "true"
    std::vector<TransformExpression> arguments = {};
};

// Errors  invalid: with what is wrong, for "Invalid transform function 'F' for column 'C'"
Result<TransformExpression> parse_transform(std::string_view text);

// The columns that it reads, each once.
std::vector<std::string> columns_of(const TransformExpression& expression);

}  // namespace millrace::pinot
