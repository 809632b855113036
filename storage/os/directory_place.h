#pragma once
// DirectoryPlace: what a directory is, whatever path leads to it: symbolic links, bind mounts and
// relative paths all have the place of the directory behind them.

#include <compare>
#include <cstdint>
#include <string>

#include "core/base/result.h"

namespace millrace::os {

struct DirectoryPlace {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;

    auto operator<=>(const DirectoryPlace&) const = default;
};

// Errors  not_found; unavailable, also if it is no directory
Result<DirectoryPlace> place_of(const std::string& directory);

// The same as text, also of one that is not made yet or cannot be reached: it is told by its path
// then, without the links of what there is of it.
std::string place_text(const std::string& directory);

}  // namespace millrace::os
