#include "api/webhooks/public_key.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include <utility>

#include "core/base/check.h"

namespace millrace::webhooks {
namespace {

const unsigned char* raw(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

struct FreeContext {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

}  // namespace

struct PublicKey::Key {
    EVP_PKEY* key = nullptr;

    Key() = default;
    Key(const Key&) = delete;
    Key& operator=(const Key&) = delete;
    ~Key() { EVP_PKEY_free(key); }
};

PublicKey::PublicKey(std::unique_ptr<Key> key) : key_(std::move(key)) {}
PublicKey::~PublicKey() = default;
PublicKey::PublicKey(PublicKey&&) noexcept = default;
PublicKey& PublicKey::operator=(PublicKey&&) noexcept = default;

Result<PublicKey> PublicKey::from_bytes(std::string_view bytes) {
    if (bytes.size() != kPublicKeyBytes) {
        return Error(Code::invalid, fmt::format("an Ed25519 key has {} bytes, not {}",
                                                kPublicKeyBytes, bytes.size()));
    }
    auto key = std::make_unique<Key>();
    key->key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, raw(bytes), bytes.size());
    check(key->key != nullptr, "libcrypto has no Ed25519");
    return PublicKey(std::move(key));
}

bool PublicKey::verifies(std::string_view message, std::string_view signature) const {
    if (signature.size() != kPublicSignatureBytes) return false;
    const std::unique_ptr<EVP_MD_CTX, FreeContext> context(EVP_MD_CTX_new());
    check(context != nullptr, "libcrypto has no memory");
    const bool is_right =
        EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key_->key) == 1 &&
        EVP_DigestVerify(context.get(), raw(signature), signature.size(), raw(message),
                         message.size()) == 1;
    // What a wrong signature leaves in the queue of errors, TLS on this thread would take for its
    // own.
    if (!is_right) ERR_clear_error();
    return is_right;
}

}  // namespace millrace::webhooks
