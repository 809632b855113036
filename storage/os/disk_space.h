#pragma once
// How much room the disk of a directory has.
//
// Thread  any.

#include <cstdint>
#include <string>

#include "core/base/result.h"

namespace millrace::os {

struct DiskSpace {
    std::uint64_t free_bytes = 0;  // without what is root's alone
    std::uint64_t total_bytes = 0;
};

// Errors  not_found, unavailable
Result<DiskSpace> disk_space(const std::string& directory);

}  // namespace millrace::os
