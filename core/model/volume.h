#pragma once
// VolumeRecord: what the catalog knows of a volume.
//
//   (first start) --> active --retire--> retired
//                     active --lost----> lost
//
// The identity of a volume is its UUID, which is in its directory. Its name is what the operator
// calls it; only names of active volumes are unique. Rows, slices and receipts refer to it by its
// VolumeId, which never changes and is never used again.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/ids.h"
#include "core/base/time.h"

namespace millrace {

enum class VolumeState {
    active,
    retired,  // nothing waited on it when it was taken away
    lost,     // what only it had was given up
};

std::string_view to_string(VolumeState state);
std::optional<VolumeState> volume_state_from(std::string_view text);

// What was given up with a volume that is lost: what the catalog knew of it.
struct GivenUp {
    std::uint64_t files = 0;        // that ended short of a slice, or without any
    std::uint64_t slices = 0;       // that were sealed and not uploaded
    std::uint64_t rows = 0;         // of those slices
    std::uint64_t key_sources = 0;  // that may have had idempotency keys on it

    bool operator==(const GivenUp&) const = default;
};

struct VolumeRecord {
    VolumeId volume;
    std::optional<Uuid> uuid;  // none: of an old catalog; the next opening tells it
    std::string name;
    std::string former_name;  // before the last renaming; empty: it was never renamed
    WallTime renamed_at;
    VolumeState state = VolumeState::active;
    WallTime since;          // of the state
    WallTime first_seen;     // 0: of an old catalog
    std::string directory;   // where it was opened last; empty: of an old catalog
    BatchNumber last_batch;  // above every number that a life of it gave
    // Lives are counted from 1. The volume has the number of a life that it confirmed; where the
    // process died before that, one between the two.
    std::uint64_t confirmed_life = 0;
    std::uint64_t begun_life = 0;
    Sequence sealed;  // the newest frame of all slices that were sealed
    GivenUp given_up;
};

}  // namespace millrace
