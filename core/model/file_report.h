#pragma once
// FileReport: a file with all that clients are shown of it.

#include <cstdint>
#include <optional>

#include "core/base/time.h"
#include "core/model/file.h"
#include "core/model/statistics.h"

namespace millrace {

struct FileReport {
    File file;  // `retry` is that of its slice that failed most, where the file itself did not fail
    std::optional<WallTime> imported_at;
    std::uint64_t refused_rows = 0;  // that its table has refused; rejects since its import
    SinkStatistics statistics;       // of its slices
};

}  // namespace millrace
