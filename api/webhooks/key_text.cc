#include "api/webhooks/key_text.h"

#include <cstdint>

namespace millrace::webhooks {
namespace {

// A six-bit digit of base64, standard or of URLs.
int base64_digit(char c) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    if (c == '+' || c == '-') return 62;
    if (c == '/' || c == '_') return 63;
    return -1;
}

}  // namespace

std::optional<std::string> decode_any_base64(std::string_view text) {
    while (text.ends_with('=')) text.remove_suffix(1);
    if (text.empty() || text.size() % 4 == 1) return {};
    std::string bytes;
    std::uint32_t bits = 0;
    int held = 0;
    for (const char c : text) {
        const int digit = base64_digit(c);
        if (digit < 0) return {};
        bits = (bits << 6 | static_cast<std::uint32_t>(digit)) & 0xffffff;
        held += 6;
        if (held < 8) continue;
        held -= 8;
        bytes.push_back(static_cast<char>(bits >> held & 0xff));
    }
    return bytes;
}

}  // namespace millrace::webhooks
