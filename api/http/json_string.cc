#include "api/http/json_string.h"

#include <fmt/format.h>

#include <cstddef>
#include <iterator>

namespace millrace::http {
namespace {

// The length of the UTF-8 character at the front of `text`; 0 if there is none (RFC 3629 4).
std::size_t utf8_length(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const auto continues = [&](std::size_t i, unsigned low, unsigned high) {
        return i < text.size() && byte(i) >= low && byte(i) <= high;
    };
    const auto first = byte(0);
    if (first < 0x80) return 1;
    if (first >= 0xC2 && first <= 0xDF) return continues(1, 0x80, 0xBF) ? 2 : 0;
    if (first >= 0xE0 && first <= 0xEF) {
        const unsigned low = first == 0xE0 ? 0xA0 : 0x80;   // no overlong forms
        const unsigned high = first == 0xED ? 0x9F : 0xBF;  // no surrogates
        return continues(1, low, high) && continues(2, 0x80, 0xBF) ? 3 : 0;
    }
    if (first >= 0xF0 && first <= 0xF4) {
        const unsigned low = first == 0xF0 ? 0x90 : 0x80;
        const unsigned high = first == 0xF4 ? 0x8F : 0xBF;
        const bool whole =
            continues(1, low, high) && continues(2, 0x80, 0xBF) && continues(3, 0x80, 0xBF);
        return whole ? 4 : 0;
    }
    return 0;
}

// Whether it stands for itself in a string.
bool is_plain(char c) {
    return c >= 0x20 && c < 0x7F && c != '"' && c != '\\' && c != '<' && c != '>' && c != '&';
}

void append_ascii(std::string& out, char c) {
    switch (c) {
        case '"':
            out += "\\\"";
            return;
        case '\\':
            out += "\\\\";
            return;
        case '\n':
            out += "\\n";
            return;
        case '\r':
            out += "\\r";
            return;
        case '\t':
            out += "\\t";
            return;
        default:
            break;
    }
    if (static_cast<unsigned char>(c) < 0x20 || c == '<' || c == '>' || c == '&' || c == 0x7F) {
        fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(c));
    } else {
        out.push_back(c);
    }
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
    out.push_back('"');
    while (true) {
        std::size_t plain = 0;
        while (plain < text.size() && is_plain(text[plain])) ++plain;
        out.append(text.substr(0, plain));
        text.remove_prefix(plain);
        if (text.empty()) break;
        const auto length = utf8_length(text);
        if (length == 0) out += "\\ufffd";
        if (length == 1) append_ascii(out, text.front());
        if (length > 1) out.append(text.substr(0, length));
        text.remove_prefix(length == 0 ? 1 : length);
    }
    out.push_back('"');
}

std::string error_body(int status, std::string_view name, std::string_view message) {
    auto body = fmt::format("{{\n  \"statusCode\": {},\n  \"error\": ", status);
    append_json_string(body, name);
    body += ",\n  \"message\": ";
    append_json_string(body, message);
    body += "\n}";
    return body;
}

}  // namespace millrace::http
