#include "core/mapping/json_walk.h"

#include <algorithm>

namespace millrace::mapping {
namespace {

bool is_space(char c) {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

bool is_container(std::string_view json) {
    return json.front() == '{' || json.front() == '[';
}

// Of the object or array at the start of `json`.
std::size_t container_bytes(std::string_view json) {
    std::size_t at = 0;
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

// Of the number, true, false or null at the start of `json`.
std::size_t word_bytes(std::string_view json) {
    std::size_t at = 0;
    while (at < json.size() && json[at] != ',' && json[at] != '}' && json[at] != ']' &&
           !is_space(json[at])) {
        ++at;
    }
    return at;
}

}  // namespace

std::size_t json_string_bytes(std::string_view json) {
    std::size_t at = 1;
    while (json[at] != '"') at += json[at] == '\\' ? 2U : 1U;
    return at + 1;
}

std::size_t ContainerEnds::bytes_at(const char* begin) {
    if (extents_.empty()) find_all();
    const auto at = static_cast<std::uint32_t>(begin - json_.data());
    const auto found = std::lower_bound(
        extents_.begin(), extents_.end(), at,
        [](const Extent& extent, std::uint32_t wanted) { return extent.begin < wanted; });
    return found->bytes;
}

void ContainerEnds::find_all() {
    std::vector<std::size_t> open;  // indexes of extents_
    for (std::size_t at = 0; at < json_.size();) {
        const char c = json_[at];
        if (c == '"') {
            at += json_string_bytes(json_.substr(at));
            continue;
        }
        if (c == '{' || c == '[') {
            open.push_back(extents_.size());
            extents_.push_back({.begin = static_cast<std::uint32_t>(at), .bytes = 0});
        } else if (c == '}' || c == ']') {
            auto& extent = extents_[open.back()];
            extent.bytes = static_cast<std::uint32_t>(at + 1 - extent.begin);
            open.pop_back();
        }
        ++at;
    }
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
    const auto bytes = value_bytes();
    value_ = rest_.substr(0, bytes);
    rest_.remove_prefix(bytes);
    return true;
}

std::size_t JsonItems::value_bytes() const {
    if (rest_.front() == '"') return json_string_bytes(rest_);
    if (!is_container(rest_)) return word_bytes(rest_);
    return ends_ != nullptr ? ends_->bytes_at(rest_.data()) : container_bytes(rest_);
}

void JsonItems::skip_space() {
    while (is_space(rest_.front())) rest_.remove_prefix(1);
}

}  // namespace millrace::mapping
