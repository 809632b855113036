#pragma once
// OldFiles: which files that were opened long ago are not in their tables yet.
//
// Thread  any.
// Errors  unavailable

#include <cstdint>
#include <vector>

#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/model/file.h"

namespace millrace {

class OldFiles {
public:
    virtual ~OldFiles() = default;

    // Files neither imported nor discarded with ids below `before`, and those that they were a part
    // of (WholeFile): `limit` of them at most.
    virtual Result<std::vector<FileId>> waiting_files(FileId before, std::uint32_t limit) = 0;

    // Files that wait or are set aside (closing, importing, set_aside), with ids above `after`, in
    // order of their ids.
    virtual Result<std::vector<File>> unfinished_files(FileId after, std::uint32_t limit) = 0;
};

}  // namespace millrace
