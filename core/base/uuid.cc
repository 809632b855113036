#include "core/base/uuid.h"

namespace millrace {
namespace {

constexpr char kHex[] = "0123456789abcdef";

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool dash_at(std::size_t at) { return at == 8 || at == 13 || at == 18 || at == 23; }

}  // namespace

Uuid make_uuid_v7(WallTime now, std::uint64_t random_high, std::uint64_t random_low) {
    Uuid uuid;
    const auto ms = static_cast<std::uint64_t>(now.unix_ms);
    for (std::size_t i = 0; i < 6; ++i) {
        uuid.bytes[i] = static_cast<std::uint8_t>(ms >> (40 - 8 * i));
    }
    uuid.bytes[6] = static_cast<std::uint8_t>(0x70 | ((random_high >> 8) & 0x0f));
    uuid.bytes[7] = static_cast<std::uint8_t>(random_high);
    for (std::size_t i = 0; i < 8; ++i) {
        uuid.bytes[8 + i] = static_cast<std::uint8_t>(random_low >> (56 - 8 * i));
    }
    uuid.bytes[8] = static_cast<std::uint8_t>((uuid.bytes[8] & 0x3f) | 0x80);
    return uuid;
}

void write_uuid(const Uuid& uuid, char* out) {
    std::size_t at = 0;
    for (const auto byte : uuid.bytes) {
        if (dash_at(at)) out[at++] = '-';
        out[at++] = kHex[byte >> 4];
        out[at++] = kHex[byte & 0x0f];
    }
}

std::string to_string(const Uuid& uuid) {
    std::string text(36, '\0');
    write_uuid(uuid, text.data());
    return text;
}

std::optional<Uuid> parse_uuid(std::string_view text) {
    if (text.size() != 36) return std::nullopt;
    Uuid uuid;
    std::size_t at = 0;
    for (auto& byte : uuid.bytes) {
        if (dash_at(at) && text[at++] != '-') return std::nullopt;
        const int high = hex_digit(text[at++]);
        const int low = hex_digit(text[at++]);
        if (high < 0 || low < 0) return std::nullopt;
        byte = static_cast<std::uint8_t>(high << 4 | low);
    }
    return uuid;
}

}  // namespace millrace
