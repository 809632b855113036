#pragma once
// Ballast: a file that only takes room, kept for the time when a disk is full: deleting it is what
// lets recovery and draining go on, which need room themselves to make some.
//
// Thread  make() and release() one at a time; missing_bytes() from any.

#include <atomic>
#include <cstdint>
#include <string>

#include "core/base/result.h"
#include "core/ports/disk.h"

namespace millrace {

class Ballast {
public:
    // 0 bytes: none is wanted. One that is there already counts, if it is whole.
    Ballast(Disk& disk, const std::string& directory, std::uint64_t bytes);

    std::uint64_t bytes() const { return bytes_; }
    // What the disk must have besides before it has room: bytes() while the file is not there.
    std::uint64_t missing_bytes() const { return missing_.load(std::memory_order_relaxed); }

    // Errors  unavailable: no room, or the file system cannot promise any
    Result<void> make();
    // Fine if it is not there.
    Result<void> release();

private:
    Disk& disk_;
    const std::string path_;
    const std::uint64_t bytes_;
    std::atomic<std::uint64_t> missing_;
};

}  // namespace millrace
