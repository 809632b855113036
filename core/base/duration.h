#pragma once
// Durations in Go's syntax, as the reference API uses it: "45s", "1m30s", "1.5h", "5ms".

#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/base/time.h"

namespace millrace {

// Units ns, us, ms, s, m, h; rounded down to milliseconds.
// Errors  invalid, with Go's own text.
Result<Milliseconds> parse_duration(std::string_view text);

// The full Go form: 60 s is "1m0s", 5 ms is "5ms", 1 h is "1h0m0s", 1.5 s is "1.5s".
std::string format_duration(Milliseconds span);

}  // namespace millrace
