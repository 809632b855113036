#pragma once
// CRC32C (Castagnoli), with the processor's instruction where it has one.
//
// See  RFC 3720 B.4; crc32c("123456789") is 0xE3069283.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace millrace {

// Continues `crc` (the value of the bytes before; 0 to begin) over `bytes`.
std::uint32_t crc32c(std::uint32_t crc, std::span<const std::byte> bytes);

inline std::uint32_t crc32c(std::uint32_t crc, std::string_view text) {
    return crc32c(crc, std::as_bytes(std::span(text.data(), text.size())));
}

}  // namespace millrace
