#pragma once
// OldFiles: which files that were opened long ago are not in their tables yet.
//
// Thread  any.

#include <cstdint>
#include <vector>

#include "core/base/ids.h"
#include "core/base/result.h"

namespace millrace {

class OldFiles {
public:
    virtual ~OldFiles() = default;

    // Files neither imported nor discarded with ids below `before`: `limit` of them at most.
    // Errors  unavailable
    virtual Result<std::vector<FileId>> waiting_files(FileId before, std::uint32_t limit) = 0;
};

}  // namespace millrace
