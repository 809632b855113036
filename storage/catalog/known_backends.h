#pragma once
// KnownBackends: what a catalog says of stagings and targets. Read from its file beside a service
// that may run; changes nothing.

#include <map>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/model/backend_names.h"
#include "core/model/table_id.h"
#include "core/ports/staging_registry.h"
#include "storage/sqlite/database.h"

namespace millrace::catalog {

struct KnownBackends {
    std::vector<StagingMark> marks;
    std::string token;  // of the epoch; empty: the catalog was never restored
    std::map<TargetName, std::vector<TableId>> tables;   // that sinks write to, by name
    std::map<TargetName, std::vector<TableId>> enabled;  // of those the ones of enabled sinks
};

// Of a catalog of this version.
// Errors  corrupt; those of the database
Result<KnownBackends> read_known_backends(sqlite::Database& database);

}  // namespace millrace::catalog
