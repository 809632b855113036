#pragma once
// What clients are shown of a sink's storage: the catalog's account of sealed slices and the
// journal's of open ones, put together so that no row is missing or counted twice.
//
// A volume that had failed before the start is not recovered, and what its journal has is missing.
//
// Errors  those of the catalog

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/model/file_report.h"
#include "core/ports/file_catalog.h"
#include "core/ports/journal.h"
#include "core/ports/sink_reports.h"

namespace millrace::accounts {

// What only the journal vouches for at one moment, for all sinks.
class JournalView {
public:
    explicit JournalView(const Journal& journal);

    const std::map<SinkNumber, std::vector<OpenSlice>>& slices() const { return slices_; }
    const std::vector<OpenSlice>& slices_of(SinkNumber sink) const;
    // When a file that still takes rows was opened; nothing for others.
    std::optional<WallTime> opened_at(FileId file) const;

private:
    std::map<SinkNumber, std::vector<OpenSlice>> slices_;
    std::map<FileId, WallTime> open_files_;
};

// For what must not miss a row.
// Errors  conflict, stream.api.volumeFailed, with the remedy
Result<void> require_known_rows(const Journal& journal);

// `The rows of the failed or missing volume "fast" cannot be counted`; nothing if all can.
std::optional<std::string> uncounted_text(const Journal& journal);

struct ReportPorts {
    FileCatalog& lifecycle;
    SinkReports& reports;
    const Journal& journal;
};

// The files of the sink opened since its counts were reset, in opening order. `view` was taken
// before; where something has moved since then, a fresh one is taken.
Result<std::vector<FileReport>> report_files(const ReportPorts& ports, const JournalView& view,
                                             SinkNumber sink, const FileSelection& selection);

// One of them, whenever it was opened; nothing if the sink has no file of this id. Files that were
// imported are forgotten some time later.
Result<std::optional<FileReport>> report_file(const ReportPorts& ports, SinkNumber sink,
                                              FileId file);

// The counts of the sink over all levels.
Result<SinkStatistics> report_statistics(FileCatalog& lifecycle, const Journal& journal,
                                         const JournalView& view, SinkNumber sink);

// The same at this moment.
Result<SinkStatistics> total_statistics(FileCatalog& lifecycle, const Journal& journal,
                                        SinkNumber sink);

struct SinkReport {
    SinkStatistics statistics;
    bool moved = false;  // a slice was sealed meanwhile: its rows may be missing or counted twice
};

// One look at all sinks that ever had a row. What was reset is in it; first_at of the target is
// meaningless.
Result<std::map<SinkNumber, SinkReport>> report_all_statistics(FileCatalog& lifecycle,
                                                               const Journal& journal);

}  // namespace millrace::accounts
