#include "core/mapping/jsonnet_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <utility>
#include <vector>

#include "core/mapping/json_text.h"
#include "core/mapping/json_walk.h"
#include "core/mapping/utf8.h"

namespace millrace::mapping {
namespace {

// What stands for itself in a Jsonnet string whatever follows; other UTF-8 needs a look.
bool is_plain(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x20 && byte < 0x7f && c != '"' && c != '\\';
}

void append_escape(std::string& out, unsigned char c) {
    constexpr std::string_view kEscaped = "\b\f\n\r\t\"\\";
    constexpr std::string_view kLetters = "bfnrt\"\\";
    const auto at = kEscaped.find(static_cast<char>(c));
    out.push_back('\\');
    if (at != std::string_view::npos) {
        out.push_back(kLetters[at]);
    } else {
        fmt::format_to(std::back_inserter(out), "u{:04x}", c);
    }
}

void append_items_sorted(std::vector<std::pair<std::string, std::string_view>>& members,
                         std::string_view object) {
    for (JsonItems items(object); items.next();) {
        std::string key;
        append_unescaped(key, items.key());
        members.emplace_back(std::move(key), items.value());
    }
    const auto by_key = [](const auto& a, const auto& b) { return a.first < b.first; };
    std::stable_sort(members.begin(), members.end(), by_key);
    const auto same_key = [](const auto& a, const auto& b) { return a.first == b.first; };
    members.erase(std::unique(members.begin(), members.end(), same_key), members.end());
}

Result<void> append_object(std::string& out, std::string_view object, JsonnetStyle style) {
    const bool spaced = style == JsonnetStyle::to_string;
    std::vector<std::pair<std::string, std::string_view>> members;
    append_items_sorted(members, object);
    if (members.empty()) {
        out.append(spaced ? "{ }" : "{}");
        return {};
    }
    const char* before = "{";
    for (const auto& [key, value] : members) {
        out.append(before);
        before = spaced ? ", " : ",";
        append_jsonnet_string(out, key);
        out.append(spaced ? ": " : ":");
        TRY(append_jsonnet(out, value, style));
    }
    out.push_back('}');
    return {};
}

Result<void> append_array(std::string& out, std::string_view array, JsonnetStyle style) {
    const bool spaced = style == JsonnetStyle::to_string;
    const char* before = "[";
    for (JsonItems items(array); items.next();) {
        out.append(before);
        before = spaced ? ", " : ",";
        TRY(append_jsonnet(out, items.value(), style));
    }
    if (*before == '[') out.append(spaced ? "[ " : "[");
    out.push_back(']');
    return {};
}

}  // namespace

void append_jsonnet_string(std::string& out, std::string_view text) {
    out.push_back('"');
    while (!text.empty()) {
        std::size_t plain = 0;
        while (plain < text.size() && is_plain(text[plain])) ++plain;
        out.append(text.substr(0, plain));
        text.remove_prefix(plain);
        if (text.empty()) break;
        const auto first = static_cast<unsigned char>(text[0]);
        if (first < 0x80) {
            append_escape(out, first);
            text.remove_prefix(1);
            continue;
        }
        const auto bytes = utf8_sequence_bytes(text);
        if (bytes == 0) {
            out.append("\xef\xbf\xbd");
            text.remove_prefix(1);
            continue;
        }
        if (first == 0xc2 && static_cast<unsigned char>(text[1]) < 0xa0) {  // U+0080 .. U+009F
            append_escape(out, static_cast<unsigned char>(text[1]));
        } else {
            out.append(text.substr(0, bytes));
        }
        text.remove_prefix(bytes);
    }
    out.push_back('"');
}

std::string jsonnet_number(double number) {
    return number == std::floor(number) ? fmt::format("{:.0f}", number)
                                        : fmt::format("{:.17g}", number);
}

std::optional<double> jsonnet_double(std::string_view text) {
    const auto number = std::strtod(std::string(text).c_str(), nullptr);
    if (!std::isfinite(number)) return std::nullopt;
    return number;
}

Result<void> append_jsonnet(std::string& out, std::string_view json, JsonnetStyle style) {
    switch (json.front()) {
        case '{':
            return append_object(out, json, style);
        case '[':
            return append_array(out, json, style);
        case '"':
            if (std::all_of(json.begin() + 1, json.end() - 1, is_plain)) {
                out.append(json);
            } else {
                append_jsonnet_string(out, unquoted(json));
            }
            return {};
        case 't':
        case 'f':
        case 'n':
            out.append(json);
            return {};
        default:
            break;
    }
    if (style == JsonnetStyle::value) {
        out.append(json);
        return {};
    }
    const auto number = jsonnet_double(json);
    if (!number) {
        return Error(Code::invalid,
                     fmt::format("a number of the body is too large for a template: {}",
                                 json.substr(0, 40)));
    }
    out.append(jsonnet_number(*number));
    return {};
}

std::string unquoted(std::string_view quoted) {
    std::string text;
    append_unescaped(text, quoted.substr(1, quoted.size() - 2));
    return text;
}

}  // namespace millrace::mapping
