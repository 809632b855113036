#pragma once
// What a directory says of the volume that it is: its id, how often it was opened, and whether it
// has a journal.
//
// Format  <directory>/volume-id: a UUID as text and a newline, made once.
//         <directory>/journal/life: a decimal number and a newline; then "crc32c ", the CRC-32C of
//         that line as 8 hex digits, and a newline. Replaced by every start. Earlier versions wrote
//         the first line only, and read it alone. Who empties the journal's folder takes it away.
// Thread  the caller's.

#include <cstdint>
#include <optional>
#include <string>

#include "core/base/result.h"
#include "core/base/uuid.h"
#include "core/ports/disk.h"
#include "core/ports/rng.h"

namespace millrace::journal {

std::string journal_directory(const std::string& volume_directory);

struct VolumeIdentity {
    std::optional<Uuid> id;    // none: the directory was never a volume, or has lost it
    bool has_journal = false;  // segments or checkpoints
    std::uint64_t life = 0;    // 0: none is written down
};

// Changes nothing.
// Errors  corrupt: a file holds something else, or the life is not the one that was written; those
//         of the disk
Result<VolumeIdentity> read_identity(Disk& disk, const std::string& volume_directory);

// The id of the volume, made now if the directory is new. `known` is the one that the catalog has.
// Errors  conflict: it is another volume, or none where there should be one; corrupt: it has a
//         journal and no id; those of the disk
Result<Uuid> take_identity(Disk& disk, Rng& rng, AgeTime now, const std::string& volume_directory,
                           const std::optional<Uuid>& known);

// Durable when it returns.
// Errors  those of the disk
Result<void> write_life(Disk& disk, const std::string& volume_directory, std::uint64_t life);

}  // namespace millrace::journal
