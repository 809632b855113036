#pragma once
// Fingerprint: 128 bits that stand for some texts: who has the same fingerprint has the same texts.
//
// Texts of clients may be among them, so it is cryptographic: BLAKE2b, of which one cannot find two
// with the same value by less than 2^64 tries.
//
// See  RFC 7693; libsodium's crypto_generichash

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <initializer_list>
#include <string_view>

namespace millrace {

struct Fingerprint {
    std::array<std::uint8_t, 16> bytes{};

    auto operator<=>(const Fingerprint&) const = default;
};

// Of the texts in their order; where one ends and the next begins counts too.
Fingerprint fingerprint_of(std::initializer_list<std::string_view> texts);

}  // namespace millrace

template <>
struct std::hash<millrace::Fingerprint> {
    std::size_t operator()(const millrace::Fingerprint& fingerprint) const noexcept {
        std::size_t front = 0;
        std::memcpy(&front, fingerprint.bytes.data(), sizeof front);
        return front;
    }
};
