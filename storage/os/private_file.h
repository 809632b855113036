#pragma once
// Files that other users of the machine shall not read: small ones written with a mode of their
// own, and the modes of those that are there already.
//
// See  directory modes are left to the maker of the directory: they say who may see names.

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace millrace::os {

enum class FileAccess {
    owner,  // 0600
    group,  // 0640
};

// Replaces the regular file `path`, or makes it, by rename. The temporary name is `path` with
// ".tmp" behind it; it is made new and follows no link, and a regular file of that name, which an
// earlier crash left, goes first.
// Durable  once it returned ok, the new content survives a power loss.
// Errors   invalid      something else than a regular file is at `path` or the temporary name
//          unavailable  the file is as it was
//          unknown_outcome
Result<void> replace_file(const std::string& path, std::string_view content, FileAccess access);

// Errors  not_found; invalid: not a regular file, it is left alone; unavailable
Result<void> remove_file(const std::string& path);

// The content of a regular file, or of one that a symbolic link leads to.
// Errors  not_found; invalid: not a regular file, or larger than `bytes_max`; unavailable
Result<std::string> read_small_file(const std::string& path, std::size_t bytes_max);

struct Restricted {
    std::uint64_t files = 0;   // that had rights taken away
    std::uint64_t failed = 0;  // that others may still use, because they belong to someone else
    std::string example;       // one of them
};

// Takes what is beyond `access` from the regular file at `path`, or from every one below it if it
// is a directory. Follows no link. Nothing happens where nothing is there.
void restrict_files(const std::string& path, FileAccess access, Restricted& result);

}  // namespace millrace::os
