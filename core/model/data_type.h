#pragma once
// DataType: what the values of a column are. A cell is text all the way to the target; the mapper
// checks that the text is a value of the type, the target stores it as such.
//
// See  docs/mapping.md ("Data types")

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace millrace {

// `float64` is "DOUBLE" in JSON: that word is taken in C++.
enum class DataType { string, integer, decimal, float64, boolean, date, timestamp, json };

std::string_view to_string(DataType type);                      // "STRING"
std::optional<DataType> data_type_from(std::string_view text);  // the inverse

// What its text must look like, for people: "a whole number from ... to ...".
std::string_view rule_of(DataType type);

// Whether a string of JSON is written without its quotes whatever the column says.
inline bool is_unquoted(DataType type) {
    return type != DataType::string && type != DataType::json;
}

// Whether `text` stands for NULL: nothing at all, and `null` where no value can be spelt so.
bool is_null(DataType type, std::string_view text);

// The value of a text; nothing if it is none of the type.
std::optional<std::int64_t> parse_integer(std::string_view text);
std::optional<double> parse_double(std::string_view text);
std::optional<bool> parse_boolean(std::string_view text);
// Whether `text`, which is not NULL, is a value of `type`. Of json it is not known here.
bool fits(DataType type, std::string_view text);

}  // namespace millrace
