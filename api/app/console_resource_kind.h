#pragma once
// The console at /console/.

#include "api/app/resource_kind.h"

namespace millrace {

ResourceKind console_resource_kind();

}  // namespace millrace
