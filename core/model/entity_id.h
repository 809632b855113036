#pragma once
// Ids of sources and sinks: [a-z0-9-], 1 to 48 characters, made from a name or given by the client.

#include <cstddef>
#include <string>
#include <string_view>

namespace millrace {

inline constexpr std::size_t kEntityIdLengthMax = 48;

// Turns a text into an id: "My Source 1" -> "my-source-1", "fooBar" -> "foo-bar", "Účet" -> "ucet".
// A dash goes before every run of upper-case letters, other characters than letters and digits
// become one dash, accents are dropped, dashes at the ends are cut. The result may be empty or too
// long.
std::string normalized_id(std::string_view text);

// The same, cut to kEntityIdLengthMax.
std::string id_from_name(std::string_view name);

// Whether an entity can have this id at all; false for path tricks and other noise in a URL.
bool is_entity_id(std::string_view text);

}  // namespace millrace
