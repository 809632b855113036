#pragma once
// Fields of the API's answers, for messages and tables: what is not there is empty.

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::cli {

using Json = nlohmann::ordered_json;

// Nothing if the text is no JSON.
std::optional<Json> parse_json(std::string_view text);

// One line; bytes that are no UTF-8 are replaced.
std::string to_line(const Json& json);

// An array as programs and people read it: an item a line.
std::string to_array(const std::vector<Json>& items);

// The member behind the names, or null.
const Json& member(const Json& json, std::initializer_list<std::string_view> names);

// Whatever the order of members.
bool is_equal(const Json& a, const Json& b);

// A text as it is, null as nothing, anything else as its JSON.
std::string text_of(const Json& json);
std::string text_at(const Json& json, std::initializer_list<std::string_view> names);
std::uint64_t count_at(const Json& json, std::initializer_list<std::string_view> names);

}  // namespace millrace::cli
