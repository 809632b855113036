#include "core/base/uuid.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace millrace {
namespace {

// Of each byte its two digits.
constexpr auto kHexPairs = [] {
    constexpr std::string_view digits = "0123456789abcdef";
    std::array<std::array<char, 2>, 256> pairs{};
    for (std::size_t byte = 0; byte < pairs.size(); ++byte) {
        pairs[byte] = {digits[byte >> 4], digits[byte & 0x0f]};
    }
    return pairs;
}();

// Where each byte stands in the text; dashes stand between.
constexpr std::array<std::size_t, 16> kPlaces = {0,  2,  4,  6,  9,  11, 14, 16,
                                                 19, 21, 24, 26, 28, 30, 32, 34};
constexpr std::array<std::size_t, 4> kDashes = {8, 13, 18, 23};

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool dash_at(std::size_t at) {
    return std::find(kDashes.begin(), kDashes.end(), at) != kDashes.end();
}

}  // namespace

Uuid make_uuid_v7(AgeTime now, std::uint64_t random_high, std::uint64_t random_low) {
    Uuid uuid;
    const auto ms = static_cast<std::uint64_t>(now.ms);
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
    for (const auto dash : kDashes) out[dash] = '-';
    for (std::size_t i = 0; i < kPlaces.size(); ++i) {
        std::memcpy(out + kPlaces[i], kHexPairs[uuid.bytes[i]].data(), 2);
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
