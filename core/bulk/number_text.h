#pragma once
// Numbers in the spellings that Apache Doris takes, as slices want them: "+7", "007", ".5", "1.",
// and "1.2e3" too.
//
// See  core/model/data_type.h, which says what a slice may have

#include <optional>
#include <string>
#include <string_view>

namespace millrace::bulk {

// A whole number of 64 bits, exactly also where it has an exponent. What is behind its point is cut
// if `truncates`.
std::optional<std::string_view> integer_text(std::string_view text, bool truncates,
                                             std::string& scratch);
// Digits with or without a point, at most 38 in all, no exponent.
std::optional<std::string_view> decimal_text(std::string_view text, std::string& scratch);
// A number of JSON that a double can hold.
std::optional<std::string_view> double_text(std::string_view text, std::string& scratch);

}  // namespace millrace::bulk
