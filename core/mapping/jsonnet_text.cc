#include "core/mapping/jsonnet_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <iterator>
#include <limits>
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

class Printer {
public:
    Printer(std::string& out, std::string_view json, JsonnetStyle style, std::uint64_t bytes_max)
        : out_(out), style_(style), bytes_max_(bytes_max), ends_(json) {}

    Result<void> print(std::string_view json) {
        TRY(append(json));
        if (out_.size() <= bytes_max_) return {};
        return Error(Code::too_large, "the template's value is too large");
    }

private:
    using Member = std::pair<std::string, std::string_view>;  // key and value

    bool is_spaced() const { return style_ == JsonnetStyle::to_string; }

    Result<void> append(std::string_view json) {
        switch (json.front()) {
            case '{':
                return append_object(json);
            case '[':
                return append_array(json);
            case '"':
                if (std::all_of(json.begin() + 1, json.end() - 1, is_plain)) {
                    out_.append(json);
                } else {
                    append_jsonnet_string(out_, unquoted(json));
                }
                return {};
            case 't':
            case 'f':
            case 'n':
                out_.append(json);
                return {};
            default:
                return append_number(json);
        }
    }

    Result<void> append_number(std::string_view json) {
        if (style_ == JsonnetStyle::value) {
            out_.append(json);
            return {};
        }
        const auto number = jsonnet_double(json);
        if (!number) {
            return Error(Code::invalid,
                         fmt::format("a number of the body is too large for a template: {}",
                                     json.substr(0, 40)));
        }
        out_.append(jsonnet_number(*number));
        return {};
    }

    Result<void> append_array(std::string_view array) {
        const char* before = "[";
        for (JsonItems items(array, &ends_); items.next();) {
            out_.append(before);
            before = is_spaced() ? ", " : ",";
            TRY(print(items.value()));
        }
        if (*before == '[') out_.append(is_spaced() ? "[ " : "[");
        out_.push_back(']');
        return {};
    }

    Result<void> append_object(std::string_view object) {
        const auto members = sorted_members(object);
        if (members.empty()) {
            out_.append(is_spaced() ? "{ }" : "{}");
            return {};
        }
        const char* before = "{";
        for (const auto& [key, value] : members) {
            out_.append(before);
            before = is_spaced() ? ", " : ",";
            append_jsonnet_string(out_, key);
            out_.append(is_spaced() ? ": " : ":");
            TRY(print(value));
        }
        out_.push_back('}');
        return {};
    }

    // Of the same key sent twice the first counts.
    std::vector<Member> sorted_members(std::string_view object) {
        std::vector<Member> members;
        for (JsonItems items(object, &ends_); items.next();) {
            std::string key;
            append_unescaped(key, items.key());
            members.emplace_back(std::move(key), items.value());
        }
        const auto by_key = [](const Member& a, const Member& b) { return a.first < b.first; };
        std::stable_sort(members.begin(), members.end(), by_key);
        const auto same_key = [](const Member& a, const Member& b) { return a.first == b.first; };
        members.erase(std::unique(members.begin(), members.end(), same_key), members.end());
        return members;
    }

    std::string& out_;
    const JsonnetStyle style_;
    const std::uint64_t bytes_max_;
    ContainerEnds ends_;
};

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
    if (number != std::floor(number)) return fmt::format("{:.17g}", number);
    // Of 1e308, fmt needs 57 us, this 0.7.
    char digits[std::numeric_limits<double>::max_exponent10 + 3];
    const auto end =
        std::to_chars(std::begin(digits), std::end(digits), number, std::chars_format::fixed, 0)
            .ptr;
    return {std::begin(digits), end};
}

std::optional<double> jsonnet_double(std::string_view text) {
    const auto number = std::strtod(std::string(text).c_str(), nullptr);
    if (!std::isfinite(number)) return std::nullopt;
    return number;
}

Result<void> append_jsonnet(std::string& out, std::string_view json, JsonnetStyle style,
                            std::uint64_t bytes_max) {
    return Printer(out, json, style, bytes_max).print(json);
}

std::string unquoted(std::string_view quoted) {
    std::string text;
    append_unescaped(text, quoted.substr(1, quoted.size() - 2));
    return text;
}

}  // namespace millrace::mapping
