#pragma once
// Sizes as people write them: "256KB" is 262144 bytes; units are binary: B, KB (or kB), MB, GB.

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace millrace {

// "1536KB", "5MB", "100B", "42" (bytes).
// Errors  invalid: "invalid syntax" or out of range.
Result<std::uint64_t> parse_byte_size(std::string_view text);

// In the largest unit that divides it exactly: 1572864 is "1536KB".
std::string format_byte_size(std::uint64_t bytes);

}  // namespace millrace
