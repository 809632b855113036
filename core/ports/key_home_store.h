#pragma once
// KeyHomeStore: on which volumes the idempotency keys of a source may be, so that one of them that
// is away is missed.
//
// Thread   any; writes are serialised inside.
// Durable  every write is on disk when it returns.
// Errors   unavailable, unknown_outcome

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/base/fingerprint.h"
#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/base/time.h"

namespace millrace {

// A source has, or had, keys journaled on a volume.
struct KeyHome {
    Fingerprint source;  // the scope of its keys
    VolumeId volume;
    Milliseconds window{};         // the longest of those keys
    std::optional<AgeTime> until;  // nothing: it is in use; else all of them are over then

    bool operator==(const KeyHome&) const = default;
};

class KeyHomeStore {
public:
    virtual ~KeyHomeStore() = default;

    virtual Result<std::vector<KeyHome>> key_homes() = 0;

    // Writes each in place of what it says of the same source and volume; all or none.
    virtual Result<void> save_key_homes(std::span<const KeyHome> homes) = 0;
    // Forgets those of the same source and volume; all or none.
    virtual Result<void> delete_key_homes(std::span<const KeyHome> homes) = 0;
};

}  // namespace millrace
