#pragma once
// TargetCare: what a target can do besides imports: say whether it can be used, and forget what it
// remembers of old imports. Some targets are none: they remember for ever, and are never asked.
//
// Thread  any.

#include <vector>

#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/model/table_id.h"

namespace millrace {

// Imports into the tables of the bucket of `table`, of files with ids below `before`.
struct OldImports {
    TableId table;
    FileId before;
    std::vector<FileId> kept;  // that may be imported yet
    Milliseconds age{0};       // since their commit, by the clock of the target
};

class TargetCare {
public:
    virtual ~TargetCare() = default;

    // Forgets those that are older, but for the kept ones. Whoever goes on with a backup from
    // before an import learns here that it was made.
    // Errors  unavailable
    virtual Result<void> forget_old(const OldImports& old) = 0;

    // Whether it can be reached, and written to as far as that can be told without writing.
    // Errors  the reason, with the remedy
    virtual Result<void> probe() = 0;
};

}  // namespace millrace
