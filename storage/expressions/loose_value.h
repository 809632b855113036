#pragma once
// What a text is as a number or a truth value, as Apache Doris casts it: blanks around it do not
// matter, and what is none is NULL.
//
// Thread  any.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace millrace::expressions {

using Number = std::variant<std::int64_t, double>;

// A whole number that fits is one, all others are double; nothing for "", "abc", "1a", "inf".
std::optional<Number> parse_number(std::string_view text);

// Cut towards 0; nothing if it does not fit.
std::optional<std::int64_t> whole_of(double value);

// true and false in any case; a number is true unless it is 0.
std::optional<bool> parse_truth(std::string_view text);

// Like "42", "0.1", "1e+20": no point without a fraction, and the same double when it is read.
std::string double_text(double value);

}  // namespace millrace::expressions
