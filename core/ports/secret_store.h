#pragma once
// SecretStore turns secrets into texts that only this installation can read, so that they can be
// kept wherever other texts are: source secrets, and the passwords of targets, brokers and
// signatures.
//
// A purpose names the place a sealed text is kept at, for example "source/1/1/shop/secret". It is
// not in the sealed text: one that is moved to another place does not open there.
//
// Thread  any.

#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/base/secret.h"

namespace millrace {

// Name of the error when a text was sealed with a key that the store does not have.
inline constexpr std::string_view kUnknownSecretKey = "unknownSecretKey";

class SecretStore {
public:
    virtual ~SecretStore() = default;

    // Visible ASCII characters; another text each time. Sealed with the newest key.
    virtual std::string seal(std::string_view purpose, const Secret& secret) const = 0;

    // Errors  conflict  kUnknownSecretKey
    //         corrupt   not a sealed text, changed since, or sealed for another purpose
    virtual Result<Secret> open(std::string_view purpose, std::string_view sealed) const = 0;
};

}  // namespace millrace
