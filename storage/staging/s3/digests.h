#pragma once
// The digests that requests carry: SHA-256 and its HMAC for signatures, CRC32C as a header.
//
// See  FIPS 180-4, RFC 2104; x-amz-checksum-crc32c is the big-endian value in base64.

#include <cstdint>
#include <string>
#include <string_view>

namespace millrace::s3 {

std::string sha256_hex(std::string_view bytes);

// 32 bytes.
std::string hmac_sha256(std::string_view key, std::string_view text);

std::string to_hex(std::string_view bytes);

// "4waSgw==" for 0xE3069283.
std::string crc32c_header(std::uint32_t crc);

}  // namespace millrace::s3
