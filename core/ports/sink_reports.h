#pragma once
// SinkReports: what clients are shown of the files of a sink, and the reset of its counts.
//
// Thread   any; readers never wait for writers.
// Durable  every write is on disk when it returns.
// Errors   unavailable

#include <cstdint>
#include <optional>
#include <vector>

#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/model/file_report.h"

namespace millrace {

// Which files of a sink; so the cost grows with neither its history nor its backlog.
struct FileSelection {
    std::uint32_t imported_max = 30;    // the newest ones; as many of those that are discarded
    std::uint32_t waiting_max = 100;    // the oldest ones of those that wait
    std::uint32_t set_aside_max = 100;  // the oldest ones
    bool since_reset = true;  // without those opened before the last reset; not of files set aside
};

class SinkReports {
public:
    virtual ~SinkReports() = default;

    // Files in opening order, with their sealed slices.
    virtual Result<std::vector<FileReport>> files_of(SinkNumber sink,
                                                     const FileSelection& selection) = 0;

    // One file of the sink, whenever it was opened; nothing if the sink has none of this id.
    virtual Result<std::optional<FileReport>> file_of(SinkNumber sink, FileId file) = 0;

    // Files with smaller ids were opened before the last reset of the sink's counts; nil if there
    // was none.
    virtual Result<FileId> shown_from(SinkNumber sink) = 0;

    // From now on FileCatalog::statistics() leaves out what the target has of these sinks, and
    // files opened before `now` are not shown, whatever the wall clock says. What is not imported
    // yet is counted as before.
    virtual Result<void> reset_statistics(const std::vector<SinkNumber>& sinks,
                                          const Instant& now) = 0;
};

}  // namespace millrace
