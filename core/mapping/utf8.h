#pragma once
// Is a text UTF-8: the same answer as that of find_invalid_utf8(), and faster.

#include <string_view>

#include "core/base/utf8_sequence.h"

namespace millrace::mapping {

bool is_valid_utf8(std::string_view text);

}  // namespace millrace::mapping
