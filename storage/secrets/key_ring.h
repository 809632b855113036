#pragma once
// KeyRing: the keys that secrets are sealed with, newest first. More than one only while they are
// being re-keyed.
//
// Format  docs/formats/secrets.md, the key file.
// Thread  any; a value.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/result.h"

namespace millrace::secrets {

struct Key {
    std::array<std::uint8_t, 32> bytes{};

    // 16 hex digits that tell keys apart and say nothing of them.
    std::string id() const;
    bool operator==(const Key&) const = default;
};

class KeyRing {
public:
    // With one random key.
    static KeyRing generate();

    // Of the text of a key file; `path` is for messages.
    // Errors  corrupt: which line is not one of a key file, or that there is no key in it
    static Result<KeyRing> parse(std::string_view text, std::string_view path);

    // The text of a key file.
    std::string text() const;

    const std::vector<Key>& keys() const { return keys_; }
    const Key& newest() const { return keys_.front(); }

    KeyRing with_new_key() const;  // a random one before all others
    KeyRing with_newest_only() const;

private:
    explicit KeyRing(std::vector<Key> keys) : keys_(std::move(keys)) {}

    std::vector<Key> keys_;  // never empty
};

}  // namespace millrace::secrets
