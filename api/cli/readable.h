#pragma once
// Figures as people read them: rates, sizes and ages, in few characters.

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/time.h"

namespace millrace::cli {

// "0", "0.3", "12.5", "1,200"
std::string readable_rate(double number);
// "1 row", "1,200 rows"
std::string counted(std::uint64_t count, std::string_view noun);
// With a full stop, unless it ends as a sentence does.
std::string as_sentence(std::string_view text);
// "17 B", "1.2 KB", "3.4 MB"; of 1024 each
std::string readable_bytes(double bytes);
// "3 s", "4 min", "2 h", "5 d"
std::string readable_time(Milliseconds time);
// From one time of the API to another one; empty if one of them is none.
std::string readable_age(std::string_view from, std::string_view to);

}  // namespace millrace::cli
