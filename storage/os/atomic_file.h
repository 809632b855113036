#pragma once
// write_atomically() replaces a small file so that a crash leaves the old content or the new,
// whole.
//
// Durable  once it returned ok, the new content survives a power loss.
// Thread   one writer a path at a time: the temporary name is `path` with ".tmp" behind it. A
// leftover
//          of an earlier crash is overwritten.

#include <cstddef>
#include <span>
#include <string>

#include "core/ports/disk.h"

namespace millrace::os {

// Errors  those of Disk. After unknown_outcome the file has either content, and a power loss may
//         still change which; after any other error it has the old one.
Result<void> write_atomically(Disk& disk, const std::string& path,
                              std::span<const std::byte> bytes);

}  // namespace millrace::os
