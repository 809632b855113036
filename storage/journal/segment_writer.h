#pragma once
// SegmentWriter writes frames into preallocated segments and makes each durable.
//
// A segment is zero-filled once and then used again and again, because overwriting allocated blocks
// syncs in half the time of appending. Spare segments and the directory are kept open: the next
// segment begins without a new descriptor.
//
// Format  docs/formats/journal.md
// Thread  the journal's; spares are filled on the background executor.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/base/guarded.h"
#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/ports/disk.h"
#include "core/ports/executor.h"
#include "core/ports/rng.h"
#include "storage/journal/format.h"

namespace millrace::journal {

// A segment that holds frames [first, last].
struct UsedSegment {
    std::string path;
    Sequence first;
    Sequence last;
    bool damaged = false;  // put aside by recycle() instead of being used again
};

class SegmentWriter {
public:
    struct Options {
        std::string directory;
        std::uint64_t segment_bytes = 32 << 20;
        Uuid volume;
        std::uint64_t epoch = 1;
        std::uint64_t next_segment = 1;
        std::vector<UsedSegment> used;  // older ones, found by recovery
        std::uint32_t spares_max = 3;
        std::uint64_t kept_free_bytes = 0;  // no spare is made ahead that leaves less on the disk
    };

    SegmentWriter(Disk& disk, Rng& rng, Executor& background, Options options);

    // Fills a spare in the background if there is none, so that the first frame does not wait for
    // it. Not on a disk that is nearly full: what is free there is for draining it.
    void prepare_spare();

    // Makes room for a frame of `bytes`, in a new segment if need be. `next` is its sequence.
    // Errors  too_large        no segment has room for it
    //         unavailable      no space, no descriptor, a disk that fails; nothing has changed
    //         unknown_outcome  a sync failed: final. The next segment may have its name or not
    Result<void> reserve(Sequence next, std::uint64_t bytes);

    // Completes the frame that `frame` holds (begin_frame(), put_...), writes it, calls `written`,
    // and syncs. reserve() came before.
    // Errors  unavailable      no space, or whatever else kept it out; the frame is not there
    //         unknown_outcome  the frame may be on disk; final
    Result<void> write(Sequence sequence, std::string& frame, const std::function<void()>& written);

    // Segments all of whose frames are at or below `upto` are used again later.
    void recycle(Sequence upto);

    // The largest frame.
    std::uint64_t frame_bytes_max() const { return options_.segment_bytes - kFramesOffset; }
    // Frame bytes written so far, over all segments.
    std::uint64_t written_bytes() const { return written_bytes_; }

private:
    struct Spare {
        std::string path;
        std::unique_ptr<DiskFile> file;  // null: without a descriptor at that time
    };
    Result<Spare> take_spare();
    void keep_spare(Spare spare);
    static Result<std::unique_ptr<DiskFile>> fill(Disk& disk, const std::string& path,
                                                  std::uint64_t bytes);
    std::string spare_path();
    Result<void> rotate(Sequence next);
    Result<void> begin_segment(Spare& spare, const SegmentHeader& header, const std::string& path);
    bool is_absent(std::string_view frame);

    Disk& disk_;
    Rng& rng_;
    Executor& background_;
    Options options_;
    std::unique_ptr<DiskDirectory> directory_;  // null: without a descriptor so far
    std::unique_ptr<DiskFile> file_;  // null before the first frame, and after one that failed
    SegmentHeader header_;
    std::uint64_t offset_ = 0;  // where the next frame goes
    std::uint64_t written_bytes_ = 0;
    std::vector<UsedSegment> used_;  // in order; the current one is the last
    std::uint64_t spares_named_ = 0;

    // Shared with the background task, which may outlive this object.
    struct Spares {
        std::vector<Spare> ready;
        bool filling = false;
    };
    std::shared_ptr<Guarded<Spares>> spares_;
};

}  // namespace millrace::journal
