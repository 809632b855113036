#pragma once
// LossCatalog: what a damaged disk has taken, so that it is counted and that nothing waits for it.
//
// Thread   any; writes are serialised inside.
// Durable  every write is on disk when it returns.
// Errors   unavailable. Each write is idempotent: repeating it after any error is safe.

#include <cstdint>
#include <vector>

#include "core/base/result.h"
#include "core/model/file.h"
#include "core/model/lost_rows.h"

namespace millrace {

// A file that was closed with more slices than the catalog has: the others are still to be sealed,
// or are gone.
struct ShortFile {
    File file;
    std::uint32_t known = 0;  // slices that the catalog has
};

class LossCatalog {
public:
    virtual ~LossCatalog() = default;

    // Counts rows of a slice as lost. The same slice up to the same sequence is counted once.
    virtual Result<void> record_lost_rows(const LostRows& lost) = 0;

    // Of the volume, in opening order.
    virtual Result<std::vector<ShortFile>> short_files(const VolumeId& volume) = 0;

    // The file has these slices and no others will come: what it waited for beyond them is gone.
    // Never below what the catalog has. Nothing happens once it is importing or done.
    virtual Result<void> close_short(FileId file, std::uint32_t slices) = 0;
};

}  // namespace millrace
