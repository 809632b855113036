#pragma once
// What the catalog is told when an operator changes a file.
//
// Thread  the lifecycle strand, while no worker imports the file: so nothing is ever both imported
//         and set aside.

#include <vector>

#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/lifecycle/file_change.h"
#include "core/model/file.h"
#include "core/ports/file_catalog.h"

namespace millrace::lifecycle {

struct ChangedFile {
    File before;
    std::vector<SliceId> tried_again;  // slices whose upload is due now
};

// Errors  not_found; conflict: the file is not in a state that allows it; those of the catalog
Result<ChangedFile> change_file(const FileChange& change, WallTime now, FileCatalog& catalog);

}  // namespace millrace::lifecycle
