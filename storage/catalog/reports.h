#pragma once
// Reports: what clients are shown of files, and the resets of counts, in catalog.sqlite.

#include "core/ports/sink_reports.h"
#include "storage/catalog/connections.h"

namespace millrace::catalog {

class Reports : public SinkReports {
public:
    explicit Reports(Connections& connections) : connections_(connections) {}

    Result<std::vector<FileReport>> files_of(SinkNumber sink,
                                             const FileSelection& selection) override;
    Result<std::optional<FileReport>> file_of(SinkNumber sink, FileId file) override;
    Result<FileId> shown_from(SinkNumber sink) override;
    Result<void> reset_statistics(const std::vector<SinkNumber>& sinks,
                                  const Instant& now) override;

private:
    Connections& connections_;
};

}  // namespace millrace::catalog
