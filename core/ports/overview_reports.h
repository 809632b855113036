#pragma once
// OverviewReports: what is there and what does not get on, of all sources at once.
//
// Its cost grows with what waits and with the number of sinks, and not with what was imported.
//
// Thread   any; readers never wait for writers.
// Errors   unavailable

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/model/backend_names.h"
#include "core/model/file.h"
#include "core/model/sink.h"

namespace millrace {

// A file that does not come into its table as it is.
struct StuckFile {
    enum class Why { import, upload, set_aside };

    Why why = Why::import;
    SinkVersion owner;
    FileId file;
    std::uint32_t attempts = 0;  // 0 of one that is set aside
    std::string reason;          // the operator's, where he has set it aside
    WallTime next_try;           // meaningless of one that is set aside
    std::uint64_t rows = 0;
    WallTime oldest;  // arrival of its first row; meaningless while rows is 0
};

struct FileCounts {
    std::uint64_t closing = 0;
    std::uint64_t importing = 0;
    std::uint64_t set_aside = 0;
};

struct DefinitionCounts {
    std::uint64_t sources = 0;
    std::uint64_t deleted_sources = 0;
    std::uint64_t sinks = 0;
    std::uint64_t disabled_sinks = 0;
    std::uint64_t tasks_running = 0;
};

struct CatalogOverview {
    std::vector<StuckFile> stuck;  // all; several of a sink
    FileCounts files;
    DefinitionCounts definitions;
    std::uint64_t rejects = 0;
    std::uint64_t reject_bytes = 0;
};

// Rows of sealed slices that are not in their table and not set aside, of one mapping, at one
// place.
struct WaitingRows {
    SinkVersion owner;
    StagingName staging;  // empty: on their volume
    std::uint64_t files = 0;
    std::uint64_t rows = 0;
    WallTime oldest;  // arrival of the first one
};

class OverviewReports {
public:
    virtual ~OverviewReports() = default;

    // At one moment. Of stuck files it lists `stuck_max` of each kind at most.
    virtual Result<CatalogOverview> overview(ProjectId project, BranchId branch,
                                             std::uint32_t stuck_max) = 0;

    // Its cost grows with the slices that wait.
    virtual Result<std::vector<WaitingRows>> waiting_rows() = 0;
};

}  // namespace millrace
