#include "core/mapping/json_walk.h"

namespace millrace::mapping {
namespace {

bool is_space(char c) {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

// The length of the value at the start of `json`.
std::size_t value_bytes(std::string_view json) {
    if (json.front() == '"') return json_string_bytes(json);
    std::size_t at = 0;
    if (json.front() != '{' && json.front() != '[') {
        while (at < json.size() && json[at] != ',' && json[at] != '}' && json[at] != ']' &&
               !is_space(json[at])) {
            ++at;
        }
        return at;
    }
    std::size_t depth = 0;
    while (true) {
        const char c = json[at];
        if (c == '"') {
            at += json_string_bytes(json.substr(at));
            continue;
        }
        ++at;
        if (c == '{' || c == '[') ++depth;
        if ((c == '}' || c == ']') && --depth == 0) return at;
    }
}

}  // namespace

std::size_t json_string_bytes(std::string_view json) {
    std::size_t at = 1;
    while (json[at] != '"') at += json[at] == '\\' ? 2U : 1U;
    return at + 1;
}

bool JsonItems::next() {
    skip_space();
    if (rest_.front() == ',') {
        rest_.remove_prefix(1);
        skip_space();
    }
    if (rest_.front() == '}' || rest_.front() == ']') return false;
    if (is_object_) {
        const auto bytes = json_string_bytes(rest_);
        key_ = rest_.substr(1, bytes - 2);
        rest_.remove_prefix(bytes);
        skip_space();
        rest_.remove_prefix(1);  // the colon
        skip_space();
    }
    const auto bytes = value_bytes(rest_);
    value_ = rest_.substr(0, bytes);
    rest_.remove_prefix(bytes);
    return true;
}

void JsonItems::skip_space() {
    while (is_space(rest_.front())) rest_.remove_prefix(1);
}

}  // namespace millrace::mapping
