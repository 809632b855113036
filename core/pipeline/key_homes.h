#pragma once
// KeyHomes: whether a request with a key that is not known may be taken.
//
// A key that is not known is a new one only if every volume that may have keys of its source is
// here: one that was answered on a volume that has failed, or is taken away, would be written
// again. So the volumes of each source are on record, and each is recorded before the first request
// with a key is journaled on it:
//
//   (none) --record--> in use --another volume is the home, or it is away--> ends at --> (none)
//                        ^                                                      |
//                        +------------------- record ---------------------------+
//
// While a volume is away its records end when the windows of its keys are over, by the clock of
// ages.
//
// Lifetime  load() first.
// Thread    ask() from any, the loops'; record() and tend() from any, one after the other.
// Durable   what ask() calls `here` is in the store.

#include <functional>
#include <mutex>
#include <span>
#include <unordered_map>
#include <vector>

#include "core/base/guarded.h"
#include "core/base/result.h"
#include "core/ports/clock.h"
#include "core/ports/executor.h"
#include "core/ports/key_home_store.h"

namespace millrace::pipeline {

// What a request with a key that is not known is told.
enum class KeyPlace {
    here,     // the key is new, and may be journaled where the question said
    away,     // a volume that may know it is not here
    unknown,  // the volume is not on record for the source; it is about to be
};

// Keys of a source are on a volume, the last of which is forgotten at `over_at`.
struct KeyFound {
    Fingerprint source;
    VolumeId volume;
    AgeTime over_at;
};

class KeyHomes {
public:
    virtual ~KeyHomes() = default;

    // Of a source whose keys have this window, before one of them is journaled on `volume`.
    virtual KeyPlace ask(const Fingerprint& source, const VolumeId& volume,
                         Milliseconds window) = 0;
};

class RecordedKeyHomes final : public KeyHomes {
public:
    struct Parts {
        KeyHomeStore& store;
        const Clock& clock;
        Executor& executor;                                  // writes what ask() found missing
        std::function<bool(const VolumeId&)> is_away;        // any thread
        std::function<void(const Error&)> failed = nullptr;  // a write on the executor
    };
    explicit RecordedKeyHomes(Parts parts) : parts_(std::move(parts)) {}

    // Also again, when others have changed the store.
    // Errors  those of the store
    Result<void> load();

    KeyPlace ask(const Fingerprint& source, const VolumeId& volume, Milliseconds window) override;

    // `volume` is where keys of the source go from now on. What is on record already costs nothing.
    struct Home {
        Fingerprint source;
        VolumeId volume;
        Milliseconds window{};
    };
    // All in one write.
    // Errors  those of the store; nothing has changed then
    Result<void> record(std::span<const Home> homes);

    // Sources that have keys on volumes beside their homes: found by recovery, where a version
    // wrote them that kept no records, or moved there. All in one write, and what is on record
    // already costs nothing.
    // Errors  those of the store; nothing has changed then
    Result<void> add(std::span<const KeyFound> found);

    // To be called now and then: lets the records of volumes that are away come to their end, and
    // forgets those that have.
    // Errors  those of the store
    Result<void> tend();

private:
    using BySource = std::unordered_map<Fingerprint, std::vector<KeyHome>>;

    void record_soon(const Home& home);
    Result<void> save(const std::vector<KeyHome>& changed);
    Result<void> erase(const std::vector<KeyHome>& gone);
    template <typename Wanted>
    std::vector<KeyHome> all_that(Wanted wanted) const;

    const Parts parts_;
    Guarded<BySource> homes_;
    Guarded<std::vector<Home>> wanted_;  // by ask(), to be recorded
    std::mutex writing_;
};

}  // namespace millrace::pipeline
