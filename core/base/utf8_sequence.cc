#include "core/base/utf8_sequence.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace millrace {
namespace {

struct Lead {
    std::size_t bytes;        // of the whole sequence, 0 for a byte that leads none
    std::uint8_t second_min;  // RFC 3629 4: overlong forms, surrogates and values over
    std::uint8_t second_max;  // U+10FFFF are all excluded by the second byte
};

constexpr Lead lead_of(std::uint8_t byte) {
    if (byte < 0x80) return {1, 0, 0};
    if (byte < 0xc2) return {0, 0, 0};
    if (byte < 0xe0) return {2, 0x80, 0xbf};
    if (byte == 0xe0) return {3, 0xa0, 0xbf};
    if (byte == 0xed) return {3, 0x80, 0x9f};
    if (byte < 0xf0) return {3, 0x80, 0xbf};
    if (byte == 0xf0) return {4, 0x90, 0xbf};
    if (byte < 0xf4) return {4, 0x80, 0xbf};
    if (byte == 0xf4) return {4, 0x80, 0x8f};
    return {0, 0, 0};
}

// How many bytes from `at` on are ASCII, eight at a time; those before another one may be not
// counted.
std::size_t ascii_bytes(std::string_view text, std::size_t at) {
    constexpr std::uint64_t kHighBits = 0x8080808080808080;
    const auto begin = at;
    for (std::uint64_t word = 0; at + sizeof word <= text.size(); at += sizeof word) {
        std::memcpy(&word, text.data() + at, sizeof word);
        if ((word & kHighBits) != 0) return at - begin;
    }
    while (at < text.size() && static_cast<std::uint8_t>(text[at]) < 0x80) ++at;
    return at - begin;
}

}  // namespace

std::size_t utf8_sequence_bytes(std::string_view text) {
    if (text.empty()) return 0;
    const auto byte = [&](std::size_t at) { return static_cast<std::uint8_t>(text[at]); };
    const auto lead = lead_of(byte(0));
    if (lead.bytes < 2) return lead.bytes;
    if (text.size() < lead.bytes) return 0;
    if (byte(1) < lead.second_min || byte(1) > lead.second_max) return 0;
    for (std::size_t i = 2; i < lead.bytes; ++i) {
        if ((byte(i) & 0xc0) != 0x80) return 0;
    }
    return lead.bytes;
}

std::size_t find_invalid_utf8(std::string_view text) {
    std::size_t at = 0;
    while (at < text.size()) {
        at += ascii_bytes(text, at);
        if (at == text.size()) break;
        const auto bytes = utf8_sequence_bytes(text.substr(at));
        if (bytes == 0) break;
        at += bytes;
    }
    return at;
}

}  // namespace millrace
