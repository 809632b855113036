#include "api/access/token_digest.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>

#include "core/base/check.h"

namespace millrace::access {

std::string token_digest(std::string_view text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
    unsigned int length = 0;
    const int done =
        EVP_Digest(text.data(), text.size(), bytes.data(), &length, EVP_sha256(), nullptr);
    check(done == 1, "SHA-256 failed");
    std::string hex;
    for (unsigned int i = 0; i < length; ++i) hex += fmt::format("{:02x}", bytes[i]);
    return hex;
}

}  // namespace millrace::access
