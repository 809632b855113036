#pragma once
// wrap(): a text of a help as lines.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::config {

// Lines of at most `width` columns. They break at spaces: a longer word is a line of its own.
std::vector<std::string> wrap(std::string_view text, std::size_t width);

}  // namespace millrace::config
