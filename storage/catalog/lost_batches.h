#pragma once
// The table lost_batches: numbers of batches whose rows are nowhere.

#include "core/base/ids.h"
#include "core/base/result.h"
#include "storage/sqlite/database.h"

namespace millrace::catalog {

// Adds the range [first, last]. Ranges that touch or overlap become one, so a volume that loses
// everything for long has one.
Result<void> insert_lost(sqlite::Database& database, const VolumeId& volume, BatchNumber first,
                         BatchNumber last);

}  // namespace millrace::catalog
