#pragma once
// Binder decides which slice of which file takes the rows of a sink, and counts them.
//
// A sink has at most one open slice per mapping version; two versions only while a change is
// published.
//
// Ids never run backwards, also within a millisecond or when a life before this one was farther on
// the clock of ages: files of a sink are imported in the order of their ids. Opening times are
// those of the wall clock, right or wrong, and decide nothing.
//
// Thread  one at a time; VolumeJournal guards it.

#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/base/ids.h"
#include "core/model/file.h"
#include "core/ports/journal.h"
#include "core/ports/rng.h"

namespace millrace::journal {

class Binder {
public:
    Binder(Rng& rng, VolumeId volume) : rng_(rng), volume_(std::move(volume)) {}

    // Recovery: goes on with a file, and with its open slice if it has one.
    void restore(const OpenFile& file);
    // Recovery: new ids come after these.
    void begin_after(const SliceOpening& opening);
    void begin_after(const Uuid& id);

    // Where and when rows arrived.
    struct Arrival {
        WallTime at;
        AgeTime age;
        Sequence frame;
        BatchNumber batch;
    };

    // Binds a group of rows and counts it. A slice used for the first time, and
    // perhaps its file, is opened: then `opened` gets it.
    SliceId bind(const RowGroup& group, const Arrival& arrival,
                 std::optional<SliceOpening>& opened);

    // bind() since the last of these two is confirmed, or has not happened: its frame failed.
    void keep() { before_.clear(); }
    void undo();

    // The file goes on without its slice; false if the slice is not open.
    bool close_slice(SliceId slice);

    // The file as it ends; nothing if it is not open.
    std::optional<OpenFile> close_file(FileId file);

    // The files with rows of `sink` mapped by a version below `below`, as they end.
    std::vector<OpenFile> close_versions(SinkNumber sink, MappingVersion below);

    std::vector<OpenFile> open_files() const;
    bool has_open_file(SinkNumber sink) const;

    // Recovery: a slice that takes no more rows and is not in the catalog yet.
    void restore_sealing(const OpenSlice& slice);
    // Open slices and closed ones that were not recorded yet.
    std::vector<OpenSlice> local_slices() const;
    void recorded(SliceId slice) { sealing_.erase(slice); }

private:
    Uuid next_id(AgeTime now);
    void close_slice_of(OpenFile& file);
    OpenFile close(std::unordered_map<SinkVersion, OpenFile>::iterator file);

    Rng& rng_;
    const VolumeId volume_;
    Uuid newest_id_;
    std::unordered_map<SinkVersion, OpenFile> files_;
    std::unordered_map<SliceId, SinkVersion> slices_;
    std::unordered_map<FileId, SinkVersion> by_id_;
    std::unordered_map<SliceId, OpenSlice> sealing_;  // closed, not in the catalog yet
    struct Before {
        SinkVersion sink;
        std::optional<OpenFile> file;
    };
    std::vector<Before> before_;  // of the sinks bound since keep(): their files as they were
};

}  // namespace millrace::journal
