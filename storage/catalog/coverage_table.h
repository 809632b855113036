#pragma once
// CoverageTable: how far sources were read when files of their sinks were closed, in
// catalog.sqlite. Of a sink the newest is kept, and those of files that are not imported.

#include "core/ports/coverage_store.h"
#include "storage/catalog/connections.h"

namespace millrace::catalog {

class CoverageTable : public CoverageStore {
public:
    // The connections must outlive it.
    explicit CoverageTable(Connections& connections) : connections_(connections) {}

    Result<void> record_covered(const CoveredPositions& covered) override;
    Result<std::vector<SourcePosition>> newest_covered(const Fingerprint& source,
                                                       SinkNumber sink) override;

private:
    Connections& connections_;
};

}  // namespace millrace::catalog
