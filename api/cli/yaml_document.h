#pragma once
// A YAML document with the lines of its values; the one wrapper of yaml-cpp in the service.
//
// Plain scalars are typed by the core schema of YAML 1.2 (null, true, false, numbers); quoted ones
// are texts. A key that is there twice is refused, and so are tags and a second document.
//
// A file that was cut may be good YAML all the same. So its last line must have an end, and one
// that begins with "---" must end with "...".

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/cli/json_fields.h"
#include "core/base/result.h"

namespace millrace::cli {

struct YamlNode {
    enum class Kind { scalar, list, map };

    struct Key {
        std::string name;
        std::size_t line = 0;
    };

    Kind kind = Kind::scalar;
    std::size_t line = 1;  // from 1
    Json scalar;           // null, a truth value, a number or a text
    std::vector<YamlNode> items;
    std::vector<std::pair<Key, YamlNode>> fields;

    bool is_null() const { return kind == Kind::scalar && scalar.is_null(); }
    const YamlNode* find(std::string_view name) const;  // of a map
};

// Errors  invalid: a text that begins with "line N: "
Result<YamlNode> parse_yaml(const std::string& text);

// The same without lines.
Json to_json(const YamlNode& node);

// What a plain scalar means.
Json plain_scalar(const std::string& text);

}  // namespace millrace::cli
