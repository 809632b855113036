#pragma once
// PublicKey: the key of a sender that signs with a private one (Ed25519). The one wrapper of
// libcrypto's verification.
//
// Lifetime  made once for each key of a source.
// Thread    one.
// See       RFC 8032

#include <cstddef>
#include <memory>
#include <string_view>

#include "core/base/result.h"

namespace millrace::webhooks {

inline constexpr std::size_t kPublicKeyBytes = 32;
inline constexpr std::size_t kPublicSignatureBytes = 64;

class PublicKey {
public:
    // `bytes` are the key itself, without a frame.
    // Errors  invalid: they are not kPublicKeyBytes
    static Result<PublicKey> from_bytes(std::string_view bytes);
    ~PublicKey();
    PublicKey(PublicKey&&) noexcept;
    PublicKey& operator=(PublicKey&&) noexcept;

    // Whether the signature, in bytes, is of the message. Costs as much as a hundred HMACs.
    bool verifies(std::string_view message, std::string_view signature) const;

private:
    struct Key;

    explicit PublicKey(std::unique_ptr<Key> key);

    std::unique_ptr<Key> key_;
};

}  // namespace millrace::webhooks
