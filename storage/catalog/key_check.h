#pragma once
// check_key(): whether keys are those that a catalog was sealed with; changes nothing.

#include "core/base/result.h"
#include "core/ports/secret_store.h"
#include "storage/sqlite/database.h"

namespace millrace::catalog {

// Fine if nothing is sealed yet.
// Errors  as of ensure_sealed() (sealing.h)
Result<void> check_key(sqlite::Database& database, const SecretStore& secrets);

}  // namespace millrace::catalog
