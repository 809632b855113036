#pragma once
// What is wrong with a text that not every target can hold. Filtered here, such a row holds up no
// table; and a load does the same whatever its target is.

#include <optional>
#include <string_view>

#include "core/model/data_type.h"

namespace millrace::mapping {

// A sentence about a cell of STRING that has a NUL or, if `checks_encoding`, is not UTF-8; and
// about one of JSON with an escape of NUL or of half a surrogate pair, or with a number of more
// than 16,000 digits, with those that its power of ten adds. Nothing if it is fine.
std::optional<std::string_view> text_problem(DataType type, std::string_view text,
                                             bool checks_encoding);

}  // namespace millrace::mapping
