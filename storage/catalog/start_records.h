#pragma once
// What a start asks the catalog first, read from its database beside a service that may use it:
// the database is one of this version, and may be open for reading only.
//
// Errors  corrupt; those of the database

#include <optional>
#include <vector>

#include "core/base/result.h"
#include "core/model/volume.h"
#include "storage/catalog/installation.h"
#include "storage/sqlite/database.h"

namespace millrace::catalog {

Result<std::vector<VolumeRecord>> read_volumes(sqlite::Database& database);
Result<std::optional<Restored>> read_restored(sqlite::Database& database);

}  // namespace millrace::catalog
