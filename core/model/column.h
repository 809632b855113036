#pragma once
// Column: how one value of a row is made from a record.

#include <optional>
#include <string>
#include <string_view>

#include "core/model/data_type.h"

namespace millrace {

// `jsonnet` is "template" in JSON: that word is taken in C++.
enum class ColumnType { uuid, datetime, ip, body, headers, path, jsonnet };

std::string_view to_string(ColumnType type);

// Knows the aliases too: "id" is uuid, "json" is path.
std::optional<ColumnType> column_type_from(std::string_view text);

struct Column {
    ColumnType type = ColumnType::uuid;
    std::string name;                       // unique in its mapping without regard to case
    bool primary_key = false;               // the target keeps the last row of a key
    DataType data_type = DataType::string;  // what its values are checked for and stored as
    // For type path only (reference: docs/mapping.md):
    std::string path;                          // "user.items[0].name"
    std::optional<std::string> default_value;  // used when the path is missing
    // For type template only:
    std::string template_text;  // Jsonnet
    // For types path and template:
    bool raw_string = false;  // print a JSON string without its quotes

    bool operator==(const Column&) const = default;
};

}  // namespace millrace
