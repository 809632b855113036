#include "api/http/http2_fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace millrace::http {
namespace {

constexpr std::array<std::string_view, 5> kOfConnection = {
    "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"};

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_of_connection(std::string_view name) {
    return std::ranges::find(kOfConnection, name) != kOfConnection.end();
}

// nghttp2 takes them as it takes all others, and does not write into them.
std::uint8_t* bytes_of(char* text) {
    return reinterpret_cast<std::uint8_t*>(text);
}

}  // namespace

void Http2Fields::clear() {
    text_.clear();
    fields_.clear();
}

void Http2Fields::add(std::string_view name, std::string_view value) {
    const auto begin = text_.size();
    for (const char c : name) text_ += lower(c);
    if (is_of_connection(std::string_view(text_).substr(begin))) return text_.resize(begin);
    text_ += value;
    fields_.push_back({.name_bytes = name.size(), .value_bytes = value.size()});
}

void Http2Fields::add_status(int status) {
    add(":status", fmt::format_int(status).c_str());
}

void Http2Fields::add_lines(std::string_view lines) {
    while (!lines.empty()) {
        const auto end = lines.find("\r\n");
        const auto line = lines.substr(0, end);
        lines.remove_prefix(end == std::string_view::npos ? lines.size() : end + 2);
        const auto colon = line.find(':');
        if (colon == std::string_view::npos) continue;
        auto value = line.substr(colon + 1);
        while (value.starts_with(' ')) value.remove_prefix(1);
        while (value.ends_with(' ')) value.remove_suffix(1);
        add(line.substr(0, colon), value);
    }
}

std::span<const nghttp2_nv> Http2Fields::made() {
    made_.clear();
    auto* next = text_.data();
    for (const auto& field : fields_) {
        made_.push_back({.name = bytes_of(next),
                         .value = bytes_of(next + field.name_bytes),
                         .namelen = field.name_bytes,
                         .valuelen = field.value_bytes,
                         .flags = NGHTTP2_NV_FLAG_NONE});
        next += field.name_bytes + field.value_bytes;
    }
    return made_;
}

}  // namespace millrace::http
