#pragma once
// Path: where in a body a column finds its value, "user.items[0].name".
//
// The text is split at "." and "["; a part of digits and "]" is an array index, every other part a
// key; empty parts are skipped. A path without parts (".") is the whole body. A key that holds a
// dot or a bracket is quoted: a["b.c"][0]; in the quotes \" and \\ stand for " and \.
//
// See  docs/mapping.md

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace millrace::mapping {

struct PathPart {
    std::string key;                     // the digits, if it is an index
    std::optional<std::uint32_t> index;  // also of a key of digits only: arrays know it as an index
    bool index_only = false;             // written as [n]: finds nothing in an object

    bool operator==(const PathPart&) const = default;
};

using Path = std::vector<PathPart>;

inline constexpr std::size_t kPathPartsMax = 100;

// Errors  invalid: empty, not UTF-8, more than kPathPartsMax parts, an index over 999,999,999, or a
//         quoted key that does not end; with the byte, counted from 0, where it is wrong
Result<Path> parse_path(std::string_view text);

// Whether a new definition may have this path: parse_path() takes some that never find what their
// author means, such as "$.a", "a[*]" and "a['b']", and old definitions may have them.
// Errors  invalid: those of parse_path(); the root sign of JSONPath; a bracket that is neither of
//         an index nor of a quoted key
Result<void> check_path(std::string_view text);

}  // namespace millrace::mapping
