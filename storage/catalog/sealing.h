#pragma once
// How the catalog keeps secrets: sealed, under a purpose that names the row and column.
//
// The table `sealing` has one row from the moment on at which every secret is sealed. Its probe is
// a sealed text that tells a wrong key at the start; `is_clean` is 0 while pages that are free, or
// the WAL, may still have what stood there before.
//
// See  docs/formats/secrets.md

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "core/base/result.h"
#include "core/model/source.h"
#include "core/ports/secret_store.h"
#include "storage/sqlite/database.h"

namespace millrace::catalog {

std::string secret_purpose(const SourceKey& source);
std::string retired_secret_purpose(const SourceKey& source);

struct SealingReport {
    std::uint64_t sealed = 0;      // sources whose secret an earlier version had kept as text
    std::optional<Error> unclean;  // why old content may still be in the file; tried at each start
};

// Checks that `secrets` has the key of the catalog, and seals what an earlier version left as text.
// Errors  conflict  kUnknownSecretKey: it has another key
//         corrupt   the probe was changed
//         those of storage/sqlite/sqlite_error.h
Result<SealingReport> ensure_sealed(sqlite::Database& database, const SecretStore& secrets);

// Seals all secrets again, with the newest key of `secrets`, which can open them. Returns how many
// sources there are.
Result<std::uint64_t> seal_again(sqlite::Database& database, const SecretStore& secrets);

// Gives every source the secret that `make` returns, and no retired one nor any in its details,
// sealed with the newest key of `secrets`. What the old ones were sealed with does not matter.
// Returns how many sources there are.
Result<std::uint64_t> replace_secrets(sqlite::Database& database, const SecretStore& secrets,
                                      const std::function<Secret()>& make);

// Writes the file anew, without free pages, and empties the WAL, if that is due.
Result<void> clean(sqlite::Database& database);

// True if the catalog at `path` has sealed secrets, so that a key must be there already. False if
// there is no such file.
Result<bool> is_sealed(const std::string& path);

}  // namespace millrace::catalog
