#pragma once
// DiskWatch looks every second whether a disk has room, so that ingest can say 507 before a write
// fails, and keeps a ballast for the time when there is none at all.
//
// Rows that the journal has and the slices do not have yet will need room too: they count as used.
// So does ballast that is not there: what its release has freed is for draining, not for new rows.
// core/policy/room.h says when a full disk has room again.
//
//   free < ballast / 2                      the ballast is released
//   free >= reserve + promised + 2 ballasts it is made again
//
// Thread  relieve() and start() from the starter's, check() on its executor; has_room() from any.

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>

#include "api/app/ballast.h"
#include "core/base/result.h"
#include "core/policy/room.h"
#include "core/ports/clock.h"
#include "core/ports/disk.h"
#include "core/ports/executor.h"

namespace millrace {

// For the log.
struct DiskEvents {
    std::function<void(bool has_room)> changed;
    std::function<void()> ballast_released;
    std::function<void(const Error&)> ballast_failed;  // it cannot be made or released; once
};

class DiskWatch {
public:
    struct Options {
        std::string path;  // of a directory
        std::uint64_t reserve_bytes = 0;
        std::uint64_t ballast_bytes = 0;  // 0: another watch of the disk has one
    };

    DiskWatch(Disk& disk, Clock& clock, Executor& executor, Options options,
              std::function<std::uint64_t()> promised_bytes, DiskEvents events);

    // Before anything is written: releases the ballast of a disk that is full.
    void relieve();

    // Looks now, and from then on every second until the executor stops.
    void start();

    bool has_room() const { return has_room_.load(std::memory_order_relaxed); }

private:
    void check();
    void tell_ballast(const Result<void>& outcome);

    Disk& disk_;
    Clock& clock_;
    Executor& executor_;
    const Options options_;
    const std::function<std::uint64_t()> promised_bytes_;
    const DiskEvents events_;
    Ballast ballast_;
    bool ballast_failed_ = false;
    policy::Room room_;
    std::atomic<bool> has_room_ = true;
};

}  // namespace millrace
