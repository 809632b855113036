#pragma once
// Finds the first of two bytes in a text, 16 at a time where the machine can.

#include <cstddef>
#include <string_view>

namespace millrace::bulk {

// From `at` on; text.size() if there is neither.
std::size_t find_either(std::string_view text, std::size_t at, char a, char b);

}  // namespace millrace::bulk
