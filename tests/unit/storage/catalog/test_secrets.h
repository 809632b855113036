#pragma once
// The real store of secrets with one key, which lives as long as the test program.

#include "storage/secrets/sealed_secrets.h"

namespace millrace::catalog {

inline const SecretStore& test_secrets() {
    static const secrets::SealedSecrets store(secrets::KeyRing::generate());
    return store;
}

}  // namespace millrace::catalog
