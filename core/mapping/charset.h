#pragma once
// Charset: in what encoding a text came, and the same text as UTF-8.
//
// See  https://encoding.spec.whatwg.org/ (names, windows-1252, byte order marks), RFC 2781 (UTF-16)

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::mapping {

enum class Charset : std::uint8_t {
    utf8,          // and ASCII
    windows_1252,  // and ISO 8859-1, whose name is commonly given to it
    utf_16be,
    utf_16le,
};

// "UTF-8", "latin1", "cp1252"; case does not matter. Nothing for a name that is not known.
std::optional<Charset> parse_charset(std::string_view name);

// Appends `text`; what is no character in its charset becomes U+FFFD, but bytes of utf8 stay.
void append_as_utf8(std::string& out, std::string_view text, Charset charset);

struct ByteOrderMark {
    Charset charset;
    std::size_t bytes;
};

// The first byte of every mark is at least that.
inline constexpr unsigned char kByteOrderMarkMin = 0xef;

// That at the start of `text`, if there is one.
std::optional<ByteOrderMark> byte_order_mark(std::string_view text);

}  // namespace millrace::mapping
