#pragma once
// StagingRegistry: which mark each staging has, by name.
//
// Thread   any; writes are serialised inside.
// Durable  every write is on disk when it returns.
// Errors   unavailable, unknown_outcome

#include <vector>

#include "core/base/result.h"
#include "core/base/uuid.h"
#include "core/model/backend_names.h"

namespace millrace {

struct StagingMark {
    StagingName staging;
    Uuid mark;
    bool is_there = false;  // it is known to be in the staging; else it is about to be put there

    bool operator==(const StagingMark&) const = default;
};

class StagingRegistry {
public:
    virtual ~StagingRegistry() = default;

    virtual Result<std::vector<StagingMark>> staging_marks() = 0;
    // In place of what it says of the same staging.
    virtual Result<void> save_staging_mark(const StagingMark& mark) = 0;
};

}  // namespace millrace
