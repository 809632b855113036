#pragma once
// A second name for a file. The new name is durable once its directory was synced.
//
// Thread  any.

#include <string>

#include "core/base/result.h"

namespace millrace::os {

// False, and nothing has happened: the file system cannot do it, or these are two.
// Errors  not_found: there is no such file; conflict: the name is taken; unavailable
Result<bool> hard_link(const std::string& file, const std::string& name);

}  // namespace millrace::os
