#pragma once
// Values of headers, as Doris reads them.

#include <cstdint>
#include <optional>
#include <string_view>

namespace millrace::stream_load {

// `true` in any case; everything else is false.
bool is_true(std::string_view text);

enum class IntegerFault { none, no_number, out_of_range };
struct Integer {
    std::int64_t value = 0;
    IntegerFault fault = IntegerFault::none;
};
// A whole number with nothing behind it.
Integer parse_integer_header(std::string_view text, std::int64_t min, std::int64_t max);

// Nothing if it is no finite number.
std::optional<double> parse_ratio(std::string_view text);

// The name that is meant by one that is not known, where it is near enough to one that is.
std::optional<std::string_view> nearest_header(std::string_view name);

// Whether the header is one of a Stream Load.
bool is_load_header(std::string_view name);

}  // namespace millrace::stream_load
