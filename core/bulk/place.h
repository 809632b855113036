#pragma once
// Where something is in a body, for messages.

#include <cstdint>
#include <string>

#include "core/base/result.h"

namespace millrace::bulk {

// "line 3, byte 120": lines from 1, bytes from 0.
std::string shown_place(std::uint64_t line, std::uint64_t offset);

// too_large: of a row or document that has more than `bytes_max` bytes.
Error too_long(std::uint64_t bytes_max, const std::string& place);

}  // namespace millrace::bulk
