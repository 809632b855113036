#pragma once
// DiskWatch looks every second whether the disk has room, so that ingest can say 507 before a write
// fails.
//
// Rows that the journal has and the slices do not have yet will need room too: they count as used.
// core/policy/room.h says when a full disk has room again.
//
// Thread  check() on its executor; has_room() from any thread.

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>

#include "core/base/result.h"
#include "core/policy/room.h"
#include "core/ports/clock.h"
#include "core/ports/disk.h"
#include "core/ports/executor.h"

namespace millrace {

class DiskWatch {
public:
    struct Options {
        std::string path;
        std::uint64_t reserve_bytes = 0;
    };

    DiskWatch(Disk& disk, Clock& clock, Executor& executor, Options options,
              std::function<std::uint64_t()> promised_bytes,
              std::function<void(bool has_room)> changed);

    // Looks now, and from then on every second until the executor stops.
    void start();

    bool has_room() const { return has_room_.load(std::memory_order_relaxed); }

private:
    void check();

    Disk& disk_;
    Clock& clock_;
    Executor& executor_;
    const Options options_;
    const std::function<std::uint64_t()> promised_bytes_;
    const std::function<void(bool)> changed_;
    policy::Room room_;
    std::atomic<bool> has_room_ = true;
};

}  // namespace millrace
