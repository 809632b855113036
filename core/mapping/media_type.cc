#include "core/mapping/media_type.h"

#include <algorithm>
#include <array>

namespace millrace::mapping {
namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool equal_ignoring_case(std::string_view text, std::string_view lower_case) {
    return std::equal(text.begin(), text.end(), lower_case.begin(), lower_case.end(),
                      [](char a, char b) { return lower(a) == b; });
}

std::string_view trimmed(std::string_view text) {
    const auto begin = text.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

// The text up to the next ";" outside quotes; removes it and the ";" from `rest`.
std::string_view take_parameter(std::string_view& rest) {
    bool quoted = false;
    std::size_t at = 0;
    for (; at < rest.size() && (quoted || rest[at] != ';'); ++at) {
        if (rest[at] == '"') quoted = !quoted;
        if (rest[at] == '\\' && quoted && at + 1 < rest.size()) ++at;
    }
    const auto taken = rest.substr(0, at);
    rest.remove_prefix(std::min(at + 1, rest.size()));
    return trimmed(taken);
}

// "application/json" or "application/<letters, digits, dot, hyphen>+json".
bool is_json(std::string_view type) {
    constexpr std::string_view kPrefix = "application/";
    constexpr std::string_view kSuffix = "+json";
    if (type.size() < kPrefix.size() ||
        !equal_ignoring_case(type.substr(0, kPrefix.size()), kPrefix)) {
        return false;
    }
    type.remove_prefix(kPrefix.size());
    if (equal_ignoring_case(type, "json")) return true;
    if (type.size() <= kSuffix.size()) return false;
    const auto name = type.substr(0, type.size() - kSuffix.size());
    return equal_ignoring_case(type.substr(name.size()), kSuffix) &&
           std::all_of(name.begin(), name.end(), [](char c) {
               return (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9') || c == '.' ||
                      c == '-';
           });
}

bool is_json_lines(std::string_view type) {
    constexpr std::array<std::string_view, 5> kNames = {
        "application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonl",
        "application/x-jsonlines"};
    return std::any_of(kNames.begin(), kNames.end(),
                       [&](std::string_view name) { return equal_ignoring_case(type, name); });
}

std::string_view unquoted(std::string_view value) {
    const bool is_quoted = value.size() >= 2 && value.front() == '"' && value.back() == '"';
    return is_quoted ? value.substr(1, value.size() - 2) : value;
}

MediaType media_of(std::string_view type) {
    if (is_json(type)) return MediaType::json;
    if (is_json_lines(type)) return MediaType::json_lines;
    if (equal_ignoring_case(type, "application/x-www-form-urlencoded")) return MediaType::form;
    if (equal_ignoring_case(type, "text/plain")) return MediaType::text;
    return MediaType::other;
}

bool may_be(MediaType media, Charset charset) {
    return media != MediaType::form || charset == Charset::utf8 || charset == Charset::windows_1252;
}

}  // namespace

BodyType body_type_of(std::string_view content_type) {
    if (content_type == "application/json") return {.media = MediaType::json};
    auto rest = content_type;
    BodyType found{.media = media_of(take_parameter(rest))};
    if (found.media == MediaType::other) return found;
    while (!rest.empty()) {
        const auto parameter = take_parameter(rest);
        const auto equals = parameter.find('=');
        if (equals == std::string_view::npos) continue;
        if (!equal_ignoring_case(trimmed(parameter.substr(0, equals)), "charset")) continue;
        const auto charset = parse_charset(unquoted(trimmed(parameter.substr(equals + 1))));
        if (!charset || !may_be(found.media, *charset)) return {};
        found.charset = *charset;
    }
    return found;
}

}  // namespace millrace::mapping
