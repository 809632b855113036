#pragma once
// Installation: whether the catalog was restored from a backup, and from which.
//
// Each restore begins an epoch of its own, with a token that no other one has: names in staging
// begin with it, and volumes are called by it, so that nothing of the installation before is taken
// for one's own.
//
// See  restored_copy.h, which writes it; docs/adr/0026-backup.md

#include <cstdint>
#include <optional>
#include <string>

#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "storage/catalog/connections.h"

namespace millrace::catalog {

struct Restored {
    std::uint64_t epoch = 0;  // 2 for the first restore
    std::string token;        // 8 hex digits
    WallTime backup_at;
    WallTime restored_at;
    Milliseconds remembered{0};  // how long targets know of an import that was made since
    bool has_started = false;
};

class Installation {
public:
    explicit Installation(Connections& connections) : connections_(connections) {}

    // Nothing if it never was.
    Result<std::optional<Restored>> restored();
    // Its first start went well.
    Result<void> mark_started();
    // Whether the volume is one of an installation before this one.
    Result<bool> is_from_before(const VolumeId& volume);

private:
    Connections& connections_;
};

}  // namespace millrace::catalog
