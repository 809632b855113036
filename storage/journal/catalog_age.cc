#include "storage/journal/catalog_age.h"

#include <fmt/format.h>

#include <algorithm>

#include "storage/journal/checkpoint.h"
#include "storage/journal/volume_identity.h"

namespace millrace::journal {

Result<void> refuse_old_catalog(const std::string& volume_directory, const VolumeEnds& ends,
                                const VolumeRecord& known) {
    const auto had = std::min(ends.sealed, ends.last);
    if (known.sealed >= had) return {};
    return Error(Code::conflict,
                 fmt::format("the catalog is older than the volume in {}: it has rows up to frame "
                             "{}, and had them up to frame {}. It is an old copy: start with the "
                             "newest one, which alone knows where the rows between are",
                             volume_directory, known.sealed.value, had.value));
}

Result<void> refuse_old_catalog(Disk& disk, const std::string& volume_directory,
                                const VolumeRecord& known) {
    const auto newest = read_newest_checkpoint(disk, journal_directory(volume_directory));
    if (!newest.ok() || !newest.value()) return {};
    return refuse_old_catalog(volume_directory,
                              {.sealed = newest.value()->sealed, .last = newest.value()->sequence},
                              known);
}

}  // namespace millrace::journal
