#pragma once
// Paths of JSON as Apache Doris' users write them: $.a.b, $.a[2], $.a[*], $.tags."a.b"; $ and $.
// are the whole row.
//
// See  docs/stream-load.md

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/mapping/path.h"

namespace millrace::bulk {

// What a path finds is what its first part leads to; from there on `each` says, for every [*],
// which part follows for each element.
struct JsonPath {
    mapping::Path first;
    std::vector<mapping::Path> each;

    bool operator==(const JsonPath&) const = default;
};

// Errors  invalid: `Invalid json path: <text>`
Result<JsonPath> parse_json_path(std::string_view text);

// What the `each` of a path finds in `json`, which is valid, where its first part led: the element
// if there is one, a JSON array of them if there are more, nothing if there is none. `scratch` may
// be what it views.
std::optional<std::string_view> find_each(std::string_view json,
                                          const std::vector<mapping::Path>& each,
                                          std::string& scratch);

}  // namespace millrace::bulk
