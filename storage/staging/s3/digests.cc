#include "storage/staging/s3/digests.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <array>

#include "core/base/check.h"

namespace millrace::s3 {
namespace {

const unsigned char* unsigned_bytes(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

std::string text_of(const unsigned char* bytes, std::size_t size) {
    return {reinterpret_cast<const char*>(bytes), size};
}

}  // namespace

std::string to_hex(std::string_view bytes) {
    std::string hex;
    hex.reserve(2 * bytes.size());
    for (const char c : bytes) hex += fmt::format("{:02x}", static_cast<unsigned char>(c));
    return hex;
}

std::string sha256_hex(std::string_view bytes) {
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest;
    SHA256(unsigned_bytes(bytes), bytes.size(), digest.data());
    return to_hex(text_of(digest.data(), digest.size()));
}

std::string hmac_sha256(std::string_view key, std::string_view text) {
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest;
    unsigned int size = 0;
    const auto* const made = HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
                                  unsigned_bytes(text), text.size(), digest.data(), &size);
    check(made != nullptr && size == digest.size(), "libcrypto has no HMAC-SHA-256");
    return text_of(digest.data(), digest.size());
}

std::string crc32c_header(std::uint32_t crc) {
    const std::array<unsigned char, 4> bytes = {
        static_cast<unsigned char>(crc >> 24), static_cast<unsigned char>(crc >> 16),
        static_cast<unsigned char>(crc >> 8), static_cast<unsigned char>(crc)};
    std::array<unsigned char, 9> encoded;
    const int size = EVP_EncodeBlock(encoded.data(), bytes.data(), static_cast<int>(bytes.size()));
    return text_of(encoded.data(), static_cast<std::size_t>(size));
}

}  // namespace millrace::s3
