#pragma once
// The target kind "postgres": a PostgreSQL database, with a schema for each bucket.

#include "api/app/backend_kinds.h"

namespace millrace {

TargetKind postgres_target_kind();

}  // namespace millrace
