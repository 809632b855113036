#pragma once
// Row and byte counts of a sink per storage level. Every accepted row is at exactly one level.

#include <algorithm>
#include <cstdint>

#include "core/base/time.h"

namespace millrace {

struct LevelStatistics {
    std::uint64_t rows = 0;
    std::uint64_t csv_bytes = 0;     // "uncompressedSize" of the API
    std::uint64_t staged_bytes = 0;  // "compressedSize"; 0 at the local level
    WallTime first_at;               // meaningless while rows is 0
    WallTime last_at;

    void add(const LevelStatistics& other) {
        if (other.rows == 0) return;
        first_at = rows == 0 ? other.first_at : std::min(first_at, other.first_at);
        last_at = rows == 0 ? other.last_at : std::max(last_at, other.last_at);
        rows += other.rows;
        csv_bytes += other.csv_bytes;
        staged_bytes += other.staged_bytes;
    }
    bool operator==(const LevelStatistics&) const = default;
};

struct SinkStatistics {
    LevelStatistics local;
    LevelStatistics staging;
    LevelStatistics target;
    LevelStatistics set_aside;    // of files that are set aside, wherever their slices are
    LevelStatistics discarded;    // nowhere any more: their files were discarded
    std::uint64_t lost_rows = 0;  // accepted, and gone with a damaged file
};

}  // namespace millrace
