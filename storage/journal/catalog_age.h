#pragma once
// Whether a catalog knows of all that its volumes gave it.

#include <string>

#include "core/base/result.h"
#include "core/model/volume.h"
#include "core/ports/disk.h"

namespace millrace::journal {

// What a volume says of itself.
struct VolumeEnds {
    Sequence sealed;  // the newest frame of slices that the catalog had
    Sequence last;    // of its journal; what is behind the end of a damaged one was given up
};

// The volume would not miss the slices that an older catalog does not know: their frames may be
// gone.
// Errors  conflict
Result<void> refuse_old_catalog(const std::string& volume_directory, const VolumeEnds& ends,
                                const VolumeRecord& known);

// The same as far as the newest checkpoint tells it, of a volume that may be in use; nothing is
// changed. A checkpoint that cannot be read tells nothing.
Result<void> refuse_old_catalog(Disk& disk, const std::string& volume_directory,
                                const VolumeRecord& known);

}  // namespace millrace::journal
