#pragma once
// Separators as headers spell them: `\x01`, `\t`, `|@|\n`.

#include <string>
#include <string_view>

#include "core/base/result.h"

namespace millrace::stream_load {

// `what` is "Column separator" or "Line delimiter".
// Errors  invalid: it is empty, or no hexadecimal number
Result<std::string> parse_separator(std::string_view text, std::string_view what);

}  // namespace millrace::stream_load
