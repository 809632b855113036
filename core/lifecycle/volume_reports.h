#pragma once
// VolumeReports: brings what volumes report (sealed slices, closed files) into the catalog.
//
// A report is never dropped: when the catalog fails, it is written again later, with growing
// delays. Until it is written the slice store still knows the slice, so a crash loses nothing
// either.
//
// Thread  the lifecycle strand.

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>

#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/lifecycle/events.h"
#include "core/lifecycle/stores.h"
#include "core/lifecycle/strand.h"
#include "core/model/file.h"
#include "core/model/slice.h"

namespace millrace::lifecycle {

class VolumeReports {
public:
    // `recorded` is called after each report that the catalog took.
    VolumeReports(const Stores& stores, Strand& strand, const LifecycleEvents& events,
                  std::function<void()> recorded);

    void slice_sealed(const OpenSlice& slice);
    void file_closed(const OpenFile& file);

    // Files that no journal continues after a restart: closed with the slices that the catalog has,
    // as soon as all reports about them are in it.
    void adopt_orphans(const std::set<FileId>& files);

    // Whether the catalog does not know all of some file of `sink` older than `file`.
    bool has_older(SinkNumber sink, FileId file) const;

private:
    struct Report {
        FileId file;
        SinkNumber sink;
        std::string subject;
        std::function<Result<void>()> write;
        std::uint32_t failures = 0;
    };
    struct Unsettled {
        SinkNumber sink;
        std::uint32_t reports = 0;
    };

    void record(Report report);
    void settle(FileId file);
    void close_orphans();
    Result<void> try_close_orphans();

    Stores stores_;
    Strand& strand_;
    const LifecycleEvents& events_;
    std::function<void()> recorded_;
    std::map<FileId, Unsettled> unsettled_;  // files with reports that failed so far
    std::set<FileId> orphans_;
    std::uint32_t orphan_failures_ = 0;
};

}  // namespace millrace::lifecycle
