#pragma once
// CoverageStore: the CoveredPositions of files. PositionObserver: hears of them from a volume.
//
// Thread  any; a PositionObserver that of the journal.

#include <vector>

#include "core/base/result.h"
#include "core/model/covered_positions.h"

namespace millrace {

class CoverageStore {
public:
    virtual ~CoverageStore() = default;

    // RefusedRowStore::refused_rows() has them from then on. A power loss may take this back: then
    // less is known to be in the table than is.
    // Errors  unavailable
    virtual Result<void> record_covered(const CoveredPositions& covered) = 0;

    // Those of the newest file of the sink, whatever has become of it: nothing from before there
    // comes again.
    // Errors  unavailable
    virtual Result<std::vector<SourcePosition>> newest_covered(const Fingerprint& source,
                                                               SinkNumber sink) = 0;
};

class PositionObserver {
public:
    virtual ~PositionObserver() = default;

    // Before VolumeObserver::file_closed() of the file. Not of every file: not of one that was
    // closed by a recovery, or while another of its sink takes rows on the volume.
    virtual void file_covers(const CoveredPositions& covered) = 0;
};

}  // namespace millrace
