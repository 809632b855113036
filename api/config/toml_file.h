#pragma once
// Reads a TOML file into a flat list of keys: what the keys mean is the caller's business.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace millrace::config {

enum class TomlKind { text, integer, boolean, other };

struct TomlEntry {
    std::string key;  // "api.listen"; of an empty table its own name
    TomlKind kind;
    std::string text;    // the value; for `other` what it is: "an array", "an empty table"
    std::uint32_t line;  // from 1
};

// Ordered by line.
// Errors  invalid: the file cannot be read, or "FILE:3: what is wrong with the syntax"
Result<std::vector<TomlEntry>> read_toml(const std::string& path);

// The same of a text; `path` is for messages.
Result<std::vector<TomlEntry>> parse_toml(std::string_view text, const std::string& path);

}  // namespace millrace::config
