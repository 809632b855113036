#pragma once
// Small files that are read and replaced as a whole.

#include <string>
#include <string_view>

#include "core/ports/disk.h"

namespace millrace {

// Of a file that is being written and does not have its name yet.
inline constexpr std::string_view kTemporarySuffix = ".tmp";

// Replaces `path` so that a crash leaves the old content or the new, whole. The temporary name is
// `path` with kTemporarySuffix behind it; a leftover of an earlier crash is overwritten.
// Durable  once it returned ok, the new content survives a power loss.
// Thread   one writer a path at a time.
// Errors   those of Disk. After unknown_outcome the file has either content, and a power loss may
//          still change which; after any other error it has the old one.
Result<void> write_atomically(Disk& disk, const std::string& path, std::string_view content);

// The whole content of a file.
// Errors  not_found, unavailable
Result<std::string> read_whole(Disk& disk, const std::string& path);

}  // namespace millrace
