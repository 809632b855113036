#include "core/mapping/charset.h"

#include <algorithm>
#include <array>
#include <utility>

namespace millrace::mapping {
namespace {

constexpr char32_t kReplacement = 0xfffd;

// What 0x80 to 0x9f mean in windows-1252.
constexpr std::array<char16_t, 32> kHigh = {
    0x20ac, 0x0081, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x008d, 0x017d, 0x008f, 0x0090, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x009d, 0x017e, 0x0178};

void append_code_point(std::string& out, char32_t c) {
    const auto add = [&](char32_t byte) { out.push_back(static_cast<char>(byte)); };
    if (c < 0x80) return add(c);
    if (c < 0x800) {
        add(0xc0 | c >> 6);
    } else {
        if (c < 0x10000) {
            add(0xe0 | c >> 12);
        } else {
            add(0xf0 | c >> 18);
            add(0x80 | (c >> 12 & 0x3f));
        }
        add(0x80 | (c >> 6 & 0x3f));
    }
    add(0x80 | (c & 0x3f));
}

void append_windows_1252(std::string& out, std::string_view text) {
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        append_code_point(out, byte >= 0x80 && byte < 0xa0 ? kHigh.at(byte - 0x80U) : byte);
    }
}

void append_utf_16(std::string& out, std::string_view text, bool is_big_endian) {
    const auto unit = [&](std::size_t at) {
        const auto first = static_cast<unsigned char>(text[at]);
        const auto second = static_cast<unsigned char>(text[at + 1]);
        return static_cast<char32_t>(is_big_endian ? first << 8 | second : second << 8 | first);
    };
    std::size_t at = 0;
    while (at + 1 < text.size()) {
        auto c = unit(at);
        at += 2;
        if (c >= 0xd800 && c < 0xe000) {
            const bool has_partner =
                c < 0xdc00 && at + 1 < text.size() && unit(at) >= 0xdc00 && unit(at) < 0xe000;
            c = has_partner ? 0x10000 + ((c - 0xd800) << 10) + (unit(at) - 0xdc00) : kReplacement;
            if (has_partner) at += 2;
        }
        append_code_point(out, c);
    }
    if (at < text.size()) append_code_point(out, kReplacement);
}

bool equal_ignoring_case(std::string_view text, std::string_view lower_case) {
    return std::equal(text.begin(), text.end(), lower_case.begin(), lower_case.end(),
                      [](char a, char b) {
                          return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
                      });
}

}  // namespace

std::optional<Charset> parse_charset(std::string_view name) {
    static constexpr std::array<std::pair<std::string_view, Charset>, 15> kNames = {{
        {"utf-8", Charset::utf8},
        {"utf8", Charset::utf8},
        {"us-ascii", Charset::utf8},
        {"ascii", Charset::utf8},
        {"iso-8859-1", Charset::windows_1252},
        {"iso8859-1", Charset::windows_1252},
        {"iso_8859-1", Charset::windows_1252},
        {"latin1", Charset::windows_1252},
        {"latin-1", Charset::windows_1252},
        {"windows-1252", Charset::windows_1252},
        {"cp1252", Charset::windows_1252},
        {"cp-1252", Charset::windows_1252},
        {"utf-16", Charset::utf_16le},  // without a mark: as the WHATWG reads it
        {"utf-16le", Charset::utf_16le},
        {"utf-16be", Charset::utf_16be},
    }};
    const auto found = std::find_if(kNames.begin(), kNames.end(), [&](const auto& known) {
        return equal_ignoring_case(name, known.first);
    });
    if (found == kNames.end()) return std::nullopt;
    return found->second;
}

void append_as_utf8(std::string& out, std::string_view text, Charset charset) {
    switch (charset) {
        case Charset::utf8:
            out += text;
            break;
        case Charset::windows_1252:
            append_windows_1252(out, text);
            break;
        case Charset::utf_16be:
            append_utf_16(out, text, true);
            break;
        case Charset::utf_16le:
            append_utf_16(out, text, false);
            break;
    }
}

std::optional<ByteOrderMark> byte_order_mark(std::string_view text) {
    if (text.starts_with("\xef\xbb\xbf")) return ByteOrderMark{Charset::utf8, 3};
    if (text.starts_with("\xfe\xff")) return ByteOrderMark{Charset::utf_16be, 2};
    if (text.starts_with("\xff\xfe")) return ByteOrderMark{Charset::utf_16le, 2};
    return std::nullopt;
}

}  // namespace millrace::mapping
