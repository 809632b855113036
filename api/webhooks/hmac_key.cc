#include "api/webhooks/hmac_key.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/sha.h>

#include "core/base/check.h"

namespace millrace::webhooks {
namespace {

using Code = std::array<unsigned char, kCodeBytesMax>;

const unsigned char* raw(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

std::string_view digest_of(Algorithm algorithm) {
    switch (algorithm) {
        case Algorithm::sha1:
            return "SHA1";
        case Algorithm::sha256:
            return "SHA256";
        case Algorithm::sha512:
            return "SHA512";
    }
    return "";
}

std::size_t write_hex(std::span<const unsigned char> bytes, char* text) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    for (const auto byte : bytes) {
        *text++ = kDigits[byte >> 4];
        *text++ = kDigits[byte & 15];
    }
    return 2 * bytes.size();
}

}  // namespace

struct HmacKey::Context {
    EVP_MAC_CTX* mac = nullptr;

    Context() = default;
    Context(const Context&) = delete;
    Context& operator=(const Context&) = delete;
    ~Context() { EVP_MAC_CTX_free(mac); }
};

HmacKey::HmacKey(Algorithm algorithm, std::string_view secret)
    : context_(std::make_unique<Context>()) {
    auto* const mac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
    check(mac != nullptr, "libcrypto has no HMAC");
    context_->mac = EVP_MAC_CTX_new(mac);
    EVP_MAC_free(mac);  // the context has it
    std::string digest(digest_of(algorithm));
    const std::array<OSSL_PARAM, 2> parameters = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0),
        OSSL_PARAM_construct_end()};
    const bool is_ready =
        context_->mac != nullptr &&
        EVP_MAC_init(context_->mac, raw(secret), secret.size(), parameters.data()) == 1;
    check(is_ready, "libcrypto has no HMAC with {}", digest);
}

HmacKey::~HmacKey() = default;
HmacKey::HmacKey(HmacKey&&) noexcept = default;
HmacKey& HmacKey::operator=(HmacKey&&) noexcept = default;

std::string_view HmacKey::sign(std::span<const std::string_view> pieces, Encoding encoding) {
    auto* const mac = context_->mac;
    bool is_done = EVP_MAC_init(mac, nullptr, 0, nullptr) == 1;  // with the key that it has
    for (const auto piece : pieces) {
        if (piece.empty()) continue;
        is_done = is_done && EVP_MAC_update(mac, raw(piece), piece.size()) == 1;
    }
    Code code;
    std::size_t bytes = 0;
    is_done = is_done && EVP_MAC_final(mac, code.data(), &bytes, code.size()) == 1;
    check(is_done && bytes <= code.size(), "HMAC failed");
    if (encoding == Encoding::hex) {
        return {text_.data(), write_hex(std::span(code.data(), bytes), text_.data())};
    }
    auto* const text = reinterpret_cast<unsigned char*>(text_.data());
    const int length = EVP_EncodeBlock(text, code.data(), static_cast<int>(bytes));
    return {text_.data(), static_cast<std::size_t>(length)};
}

bool same_code(std::string_view a, std::string_view b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string sha256_hex(std::string_view bytes) {
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest;
    SHA256(raw(bytes), bytes.size(), digest.data());
    std::string text(2 * digest.size(), '\0');
    write_hex(digest, text.data());
    return text;
}

}  // namespace millrace::webhooks
