#pragma once
// The subset of Jsonnet that is compiled: text -> tree.
//
// In it: the functions Ip, Now, Body, BodyStr, Header and HeaderStr with literal arguments (a
// default may be any of this), string concatenation with "+", fields and elements of what Body()
// and Header() return, literals, objects with plain names, arrays. What is not surely in it is
// refused, so that what is accepted means the same as in libjsonnet 0.18.
//
// See  docs/mapping.md (Templates)

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace millrace::mapping {

// `[3]`, `.name` or `["name"]` behind a call.
using TemplateStep = std::variant<std::size_t, std::string>;

struct TemplateNode {
    enum class Kind {
        constant,    // true, false, null, a number: `text` as Jsonnet prints it
        string,      // `text`
        ip,          // Ip()
        now,         // Now(): `text` is the pattern
        body,        // Body(): `text` is the path, "" the whole body
        body_str,    // BodyStr()
        header,      // Header(name): `text` is the canonical name
        headers,     // Header()
        header_str,  // HeaderStr()
        concat,      // children joined to a string; one of the first two is a string
        object,      // `names` and children, sorted by name
        array,       // children
    };
    Kind kind = Kind::constant;
    std::string text;
    std::vector<std::string> names;
    std::vector<TemplateNode> children;
    std::vector<TemplateStep> steps;         // of body, headers
    std::unique_ptr<TemplateNode> fallback;  // the default of body, header
    // Of body: where a scanner puts the value at the path, and the one that the steps lead to.
    std::uint32_t slot = 0;
    std::optional<std::uint32_t> last_slot;
};

// Why a text is not compiled: `1:1-8 Unknown variable: Invalid`; lines and columns count from 1,
// the column behind the end is the second number.
struct TemplateProblem {
    std::string text;
};

std::variant<TemplateNode, TemplateProblem> parse_template(std::string_view text);

}  // namespace millrace::mapping
