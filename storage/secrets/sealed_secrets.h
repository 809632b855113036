#pragma once
// SealedSecrets is the SecretStore of a KeyRing: XChaCha20-Poly1305 with a random nonce each time,
// and the key's id and the purpose as associated data.
//
// (libsodium's secretbox is the same cipher without associated data, which is what binds a sealed
// text to its place.)
//
// Format  docs/formats/secrets.md, a sealed text.
// Thread  any.

#include <string>
#include <vector>

#include "core/ports/secret_store.h"
#include "storage/secrets/key_ring.h"

namespace millrace::secrets {

class SealedSecrets final : public SecretStore {
public:
    explicit SealedSecrets(const KeyRing& ring);

    std::string seal(std::string_view purpose, const Secret& secret) const override;
    Result<Secret> open(std::string_view purpose, std::string_view sealed) const override;

private:
    struct Known {
        std::string id;  // a hash, and a list page opens many secrets
        Key key;
    };
    std::vector<Known> keys_;  // as in the ring
};

}  // namespace millrace::secrets
