#include "core/mapping/json_text.h"

#include <algorithm>
#include <cstdint>

#include "core/mapping/json_walk.h"
#include "core/mapping/utf8.h"

namespace millrace::mapping {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD
constexpr char kHex[] = "0123456789abcdef";

void append_unicode_escape(std::string& out, std::uint32_t code) {
    out.append("\\u");
    for (int shift = 12; shift >= 0; shift -= 4) out.push_back(kHex[(code >> shift) & 0xf]);
}

bool is_html(char c) {
    return c == '<' || c == '>' || c == '&';
}

// ASCII that stands for itself in a JSON string.
bool is_plain(char c, JsonEscapes escapes) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x20 && byte < 0x80 && c != '"' && c != '\\' &&
           (escapes == JsonEscapes::needed || !is_html(c));
}

void append_escape(std::string& out, char c) {
    switch (c) {
        case '"':
            out.append("\\\"");
            return;
        case '\\':
            out.append("\\\\");
            return;
        case '\n':
            out.append("\\n");
            return;
        case '\r':
            out.append("\\r");
            return;
        case '\t':
            out.append("\\t");
            return;
        default:
            break;
    }
    append_unicode_escape(out, static_cast<unsigned char>(c));
}

std::uint32_t hex4(std::string_view digits) {
    std::uint32_t code = 0;
    for (const char c : digits) {
        const auto letter = static_cast<std::uint32_t>((c | 0x20) - 'a' + 10);
        code = code << 4 | (c <= '9' ? static_cast<std::uint32_t>(c - '0') : letter);
    }
    return code;
}

bool is_high_surrogate(std::uint32_t code) {
    return code >= 0xd800 && code < 0xdc00;
}
bool is_low_surrogate(std::uint32_t code) {
    return code >= 0xdc00 && code < 0xe000;
}

void append_code_point(std::string& out, std::uint32_t code) {
    const auto tail = [&](int shift) {
        out.push_back(static_cast<char>(0x80 | ((code >> shift) & 0x3f)));
    };
    if (code < 0x80) {
        out.push_back(static_cast<char>(code));
    } else if (code < 0x800) {
        out.push_back(static_cast<char>(0xc0 | code >> 6));
        tail(0);
    } else if (code < 0x10000) {
        out.push_back(static_cast<char>(0xe0 | code >> 12));
        tail(6);
        tail(0);
    } else {
        out.push_back(static_cast<char>(0xf0 | code >> 18));
        tail(12);
        tail(6);
        tail(0);
    }
}

// Appends the meaning of the \uXXXX (or the surrogate pair) at the start; returns its length.
std::size_t append_unicode(std::string& out, std::string_view escape) {
    const auto code = hex4(escape.substr(2, 4));
    if (is_high_surrogate(code) && escape.size() >= 12 && escape.substr(6, 2) == "\\u") {
        const auto low = hex4(escape.substr(8, 4));
        if (is_low_surrogate(low)) {
            append_code_point(out, 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00));
            return 12;
        }
    }
    if (is_high_surrogate(code) || is_low_surrogate(code)) {
        out.append(kReplacement);
    } else {
        append_code_point(out, code);
    }
    return 6;
}

char unescaped(char letter) {
    switch (letter) {
        case 'b':
            return '\b';
        case 'f':
            return '\f';
        case 'n':
            return '\n';
        case 'r':
            return '\r';
        case 't':
            return '\t';
        default:
            return letter;  // " \ /
    }
}

}  // namespace

void append_json_string(std::string& out, std::string_view text, JsonEscapes escapes) {
    out.push_back('"');
    while (!text.empty()) {
        std::size_t plain = 0;
        while (plain < text.size() && is_plain(text[plain], escapes)) ++plain;
        out.append(text.substr(0, plain));
        text.remove_prefix(plain);
        if (text.empty()) break;
        if (static_cast<unsigned char>(text.front()) < 0x80) {
            append_escape(out, text.front());
            text.remove_prefix(1);
            continue;
        }
        const auto bytes = utf8_sequence_bytes(text);
        const auto sequence = text.substr(0, bytes);
        if (bytes == 0) {
            out.append(kReplacement);
        } else if (escapes == JsonEscapes::html && sequence == "\xe2\x80\xa8") {
            append_unicode_escape(out, 0x2028);
        } else if (escapes == JsonEscapes::html && sequence == "\xe2\x80\xa9") {
            append_unicode_escape(out, 0x2029);
        } else {
            out.append(sequence);
        }
        text.remove_prefix(std::max<std::size_t>(bytes, 1));
    }
    out.push_back('"');
}

void append_unescaped(std::string& out, std::string_view inside) {
    while (true) {
        const auto escape = inside.find('\\');
        if (escape == std::string_view::npos) break;
        out.append(inside.substr(0, escape));
        inside.remove_prefix(escape);
        if (inside[1] == 'u') {
            inside.remove_prefix(append_unicode(out, inside));
        } else {
            out.push_back(unescaped(inside[1]));
            inside.remove_prefix(2);
        }
    }
    out.append(inside);
}

void append_utf8(std::string& out, std::string_view bytes) {
    while (true) {
        const auto valid = find_invalid_utf8(bytes);
        out.append(bytes.substr(0, valid));
        if (valid == bytes.size()) return;
        out.append(kReplacement);
        bytes.remove_prefix(valid + 1);
    }
}

void append_compact(std::string& out, std::string_view json) {
    std::size_t copied = 0;
    std::size_t at = 0;
    while (at < json.size()) {
        if (json[at] == '"') {
            at += json_string_bytes(json.substr(at));
            continue;
        }
        if (static_cast<unsigned char>(json[at]) <= ' ') {
            out.append(json.substr(copied, at - copied));
            copied = at + 1;
        }
        ++at;
    }
    out.append(json.substr(copied));
}

}  // namespace millrace::mapping
