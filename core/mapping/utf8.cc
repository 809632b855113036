#include "core/mapping/utf8.h"

#include <simdjson.h>

#include <cstdint>
#include <cstring>

namespace millrace::mapping {
namespace {

// Texts up to here are mostly ASCII, and seen to be so before the library has chosen its code.
constexpr std::size_t kShort = 32;

bool is_ascii(std::string_view text) {
    constexpr std::uint64_t kHighBits = 0x8080808080808080;
    std::uint64_t all = 0;
    while (text.size() >= sizeof all) {
        std::uint64_t word = 0;
        std::memcpy(&word, text.data(), sizeof word);
        all |= word;
        text.remove_prefix(sizeof word);
    }
    for (const char c : text) all |= static_cast<unsigned char>(c);
    return (all & kHighBits) == 0;
}

}  // namespace

bool is_valid_utf8(std::string_view text) {
    if (text.size() <= kShort && is_ascii(text)) return true;
    return simdjson::validate_utf8(text.data(), text.size());
}

}  // namespace millrace::mapping
