#pragma once
// VolumeReports: brings what volumes report (sealed slices, closed files) into the catalog.
//
// Reports that come in one turn of the strand are one transaction, and a file that is closed waits
// a moment for the slice that is sealed with it; if it fails, each is written alone. A report is
// never dropped: when the catalog fails, it is written again later, with growing delays. Until it
// is written the slice store still knows the slice, so a crash loses nothing either. What a volume
// loses meanwhile joins its report that waits, and neighbouring ranges are one.
//
// Thread  the lifecycle strand.

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/lifecycle/lifecycle_events.h"
#include "core/lifecycle/stores.h"
#include "core/lifecycle/strand.h"
#include "core/model/file.h"
#include "core/model/slice.h"

namespace millrace::lifecycle {

class VolumeReports {
public:
    // Called on the strand after the catalog took a report.
    struct Recorded {
        std::function<void(SliceId)> slice;  // a sealed slice
        std::function<void()> any;           // then, or a closed file
    };

    VolumeReports(const Stores& stores, Strand& strand, const LifecycleEvents& events,
                  Recorded recorded);

    void slice_sealed(const OpenSlice& slice);
    void file_closed(const OpenFile& file);
    void batches_lost(const VolumeId& volume, BatchNumber first, BatchNumber last);

    // Whether the catalog does not know all of some file of `sink` older than `file`.
    bool has_older(SinkNumber sink, FileId file) const;

private:
    struct Report {
        FileId file;  // none: of no file
        SinkNumber sink;
        std::string subject;
        std::function<Result<void>()> write;
        std::optional<OpenSlice> sealed = {};  // what it is about; neither: lost batches
        std::optional<OpenFile> closed = {};
        std::uint32_t failures = 0;
    };
    struct Unsettled {
        SinkNumber sink;
        std::uint32_t reports = 0;
    };

    struct Range {
        BatchNumber first;
        BatchNumber last;
    };

    void gather(Report report);
    void record_gathered();
    Result<void> write_together(const std::vector<Report>& reports);
    void taken(const Report& report);
    void record(Report report);
    Result<void> record_lost(const VolumeId& volume);
    void settle(FileId file);

    Stores stores_;
    Strand& strand_;
    const LifecycleEvents& events_;
    const Recorded recorded_;
    std::vector<Report> gathered_;  // not written yet
    bool turn_posted_ = false;      // record_gathered() comes
    bool late_turn_posted_ = false;
    std::map<FileId, Unsettled> unsettled_;        // files with reports that failed so far
    std::map<VolumeId, std::vector<Range>> lost_;  // not recorded; there is a report of each volume
};

}  // namespace millrace::lifecycle
