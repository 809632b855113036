#include "storage/secrets/sealed_secrets.h"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <array>

#include "core/base/check.h"
#include "storage/secrets/base64.h"

namespace millrace::secrets {
namespace {

constexpr std::string_view kPrefix = "sealed-1.";
constexpr std::size_t kNonceBytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t kTagBytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr std::size_t kIdCharacters = 16;

static_assert(sizeof(Key::bytes) == crypto_aead_xchacha20poly1305_ietf_KEYBYTES);

const unsigned char* raw(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

std::string associated(std::string_view id, std::string_view purpose) {
    return fmt::format("{}{}.{}", kPrefix, id, purpose);
}

Error not_sealed(std::string_view purpose) {
    return Error(Code::corrupt,
                 fmt::format("the secret \"{}\" was changed, or is from another place", purpose));
}

}  // namespace

SealedSecrets::SealedSecrets(const KeyRing& ring) {
    check(sodium_init() >= 0, "libsodium cannot be initialised");
    for (const auto& key : ring.keys()) keys_.push_back({.id = key.id(), .key = key});
}

std::string SealedSecrets::seal(std::string_view purpose, const Secret& secret) const {
    const auto& [id, key] = keys_.front();
    const auto& text = secret.expose();
    const auto data = associated(id, purpose);
    std::vector<std::uint8_t> bytes(kNonceBytes + text.size() + kTagBytes);
    randombytes_buf(bytes.data(), kNonceBytes);
    const int rc = crypto_aead_xchacha20poly1305_ietf_encrypt(
        bytes.data() + kNonceBytes, nullptr, raw(text), text.size(), raw(data), data.size(),
        nullptr, bytes.data(), key.bytes.data());
    check(rc == 0, "sealing {} bytes failed", text.size());
    return fmt::format("{}{}.{}", kPrefix, id, to_base64(bytes));
}

Result<Secret> SealedSecrets::open(std::string_view purpose, std::string_view sealed) const {
    if (!sealed.starts_with(kPrefix)) return not_sealed(purpose);
    sealed.remove_prefix(kPrefix.size());
    if (sealed.size() <= kIdCharacters || sealed[kIdCharacters] != '.') return not_sealed(purpose);
    const auto id = sealed.substr(0, kIdCharacters);
    const auto bytes = from_base64(sealed.substr(kIdCharacters + 1));
    if (!bytes || bytes->size() < kNonceBytes + kTagBytes) return not_sealed(purpose);

    const auto known = std::ranges::find(keys_, id, &Known::id);
    if (known == keys_.end()) {
        return Error(Code::conflict,
                     fmt::format("the secret \"{}\" was sealed with the key {}", purpose, id))
            .named(kUnknownSecretKey);
    }
    const auto data = associated(id, purpose);
    std::string text(bytes->size() - kNonceBytes - kTagBytes, '\0');
    const int rc = crypto_aead_xchacha20poly1305_ietf_decrypt(
        reinterpret_cast<unsigned char*>(text.data()), nullptr, nullptr,
        bytes->data() + kNonceBytes, bytes->size() - kNonceBytes, raw(data), data.size(),
        bytes->data(), known->key.bytes.data());
    if (rc != 0) return not_sealed(purpose);
    return Secret(std::move(text));
}

}  // namespace millrace::secrets
