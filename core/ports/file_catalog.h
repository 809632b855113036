#pragma once
// FileCatalog: slices and files from sealing on; the authority for everything after the
// journal.
//
// Thread   any; writes are serialised inside.
// Durable  every write is on disk when it returns, except those that say otherwise.
// Errors   unavailable. Each write is idempotent: repeating it after any error is safe.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/model/file.h"
#include "core/model/known_keys.h"
#include "core/model/slice.h"
#include "core/model/statistics.h"
#include "core/ports/journal.h"

namespace millrace {

// No retry is put off for longer. One that is farther ahead was recorded while the wall clock was
// ahead, and its time has come.
inline constexpr Milliseconds kRetryAheadMax = std::chrono::minutes(6);

inline bool is_due(const Retry& retry, WallTime now) {
    return retry.after <= now || retry.after > now + kRetryAheadMax;
}

class FileCatalog {
public:
    virtual ~FileCatalog() = default;

    // Records a sealed slice as `closing`, and its file as `writing` if the file is not known yet.
    // A slice that is known already is left as it is; one of a discarded file is discarded.
    virtual Result<void> record_sealed(const OpenSlice& slice) = 0;

    // The file takes no more rows and has file.slices slices: writing -> closing. Inserts the file
    // if it is not known; leaves it as it is when it is past `writing`.
    virtual Result<void> close_file(const OpenFile& file) = 0;

    // record_sealed() of the slices and close_file() of the files, all of them or none.
    virtual Result<void> record_reports(const std::vector<OpenSlice>& sealed,
                                        const std::vector<OpenFile>& closed) = 0;

    // Batches whose rows are nowhere. Ranges that touch or overlap are kept as one.
    virtual Result<void> record_lost(const VolumeId& volume, BatchNumber first,
                                     BatchNumber last) = 0;
    // Whether the rows of the sink in the batch are gone: the batch is, or a damaged slice had
    // them.
    virtual Result<bool> is_lost(const Ticket& ticket, SinkNumber sink) = 0;

    // The slices of a sink, not yet forgotten, that rows of the batch may be in: of the volume, and
    // with batches before and after it.
    virtual Result<std::vector<Slice>> slices_with(SinkNumber sink, const Ticket& ticket) = 0;

    virtual Result<std::optional<Slice>> find_slice(SliceId slice) = 0;
    virtual Result<std::optional<File>> find_file(FileId file) = 0;

    // Files of the volume in `writing`, with rows, bytes and count of their sealed slices; `slice`
    // is empty.
    virtual Result<std::vector<OpenFile>> writing_files(const VolumeId& volume) = 0;

    // What new files and slices of the volume have to come after, so that they are imported after
    // all that wait: the largest id of its files and slices neither imported nor discarded; nil if
    // there are none.
    virtual Result<Uuid> newest_waiting(const VolumeId& volume) = 0;

    // Slices in closing or uploading whose retry is_due(). First comes the oldest of every sink,
    // then the second of every sink and so on, each time in opening order, so that no backlog hides
    // another sink. Of one sink it may list a few only.
    virtual Result<std::vector<Slice>> slices_to_upload(WallTime now, std::uint32_t limit) = 0;

    // Files in closing or importing, all of whose slices are uploaded and whose retry is_due(),
    // with their bytes, in opening order. Keyed sinks import in opening order: of each sink and
    // volume only the oldest of its files that are not imported, set aside or discarded can be in
    // the list.
    virtual Result<std::vector<File>> files_to_import(WallTime now, std::uint32_t limit) = 0;

    // Files that could be imported right behind `first`, which files_to_import() has listed, in
    // their order: of the same owner, volume and mapping, with their bytes, with nothing that
    // waits between them. It may list fewer, or none.
    virtual Result<std::vector<File>> files_behind(const File& first, WallTime now,
                                                   std::uint32_t limit) {
        static_cast<void>(first), static_cast<void>(now), static_cast<void>(limit);
        return std::vector<File>();
    }

    // The slices of a file, ordered by id.
    virtual Result<std::vector<Slice>> slices_of(FileId file) = 0;

    // This and mark_importing() only show what is under way: a power loss may take them back.
    // What is set aside or discarded is not imported: a conflict.
    virtual Result<void> mark_uploading(SliceId slice) = 0;
    // Returns whether `object` is the one that counts: of several attempts the first to come here
    // is, and the object of any other is a stray one.
    virtual Result<bool> mark_uploaded(SliceId slice, const StagedObject& object) = 0;
    virtual Result<void> mark_importing(FileId file) = 0;

    // The file leaves the queue, and later ones do not wait for it: closing or importing ->
    // set_aside. Its slices stay as they are. Nothing happens to one that is set aside already.
    // Errors  not_found; conflict: it still takes rows, is imported or discarded
    virtual Result<void> set_aside(FileId file, const std::string& reason, WallTime now) = 0;
    // The same of some slices of a file that has others: they become a file of their own, `part`,
    // which is set aside, and the rest goes on as if it had never failed.
    // Errors  not_found; conflict: as above, it is of a load, or the slices are not some of its
    struct SplitFile {
        FileId file;
        std::vector<SliceId> slices;
        FileId part;
        std::string reason;
        WallTime now;
    };
    virtual Result<void> set_slices_aside(const SplitFile& split) = 0;
    // set_aside -> closing, as if it had never failed: it is the oldest of its sink again. Its
    // import knows `known` by RefusedRowStore::refused_rows(). Nothing happens to one that waits or
    // is imported.
    // Errors  not_found; conflict: it still takes rows, or is discarded
    virtual Result<void> restore_file(FileId file, KnownKeys known) = 0;
    // set_aside -> discarded, for the file and its slices, which are leftovers from then on.
    // Errors  not_found; conflict: it is not set aside
    virtual Result<void> discard_file(FileId file) = 0;

    // importing -> imported for the file and its slices; their counts move to the sink's target
    // level.
    virtual Result<void> mark_imported(FileId file, const Instant& now) = 0;

    // The same of several files, all or none.
    virtual Result<void> mark_all_imported(const std::vector<FileId>& files,
                                           const Instant& now) = 0;

    // A power loss may take these back; then the next attempt comes sooner.
    virtual Result<void> retry_slice(SliceId slice, const Retry& retry) = 0;
    virtual Result<void> retry_file(FileId file, const Retry& retry) = 0;

    // Slices that are uploaded or done whose local file may still be there, and those done whose
    // staged object may; forgotten by the two calls below. Done: imported or discarded. So a crash
    // between commit and delete leaks nothing. Deleting again, after a power loss, does no harm.
    struct Leftovers {
        std::vector<LocalSlice> local;
        std::vector<std::pair<SliceId, StagedObject>> staged;
    };
    struct LeftoversPage {
        SliceId after_local;  // exclusive, as the next: both lists are in order of the ids
        SliceId after_staged;
        std::uint32_t limit = 0;  // of each
    };
    virtual Result<Leftovers> leftovers(const LeftoversPage& page) = 0;
    virtual Result<void> mark_local_removed(SliceId slice) = 0;
    virtual Result<void> mark_staged_removed(SliceId slice) = 0;

    // Slices of the volume, not yet forgotten, whose local file was deleted.
    virtual Result<std::vector<SliceId>> removed_slices(const VolumeId& volume) = 0;

    // Imported files of the volume that are not needed any more: imported before `before`, no
    // leftovers, every slice ends at or below `checkpointed` (a later one could be replayed from
    // the journal), and no part of what was one file with it waits or is set aside.
    virtual Result<std::vector<File>> forgettable_files(const VolumeId& volume, AgeTime before,
                                                        Sequence checkpointed,
                                                        std::uint32_t limit) = 0;

    // Forgets those of the files that are imported, and their slices.
    virtual Result<void> delete_imported(const std::vector<File>& files) = 0;

    // Levels of a sink as the catalog knows them; open slices are not in it, nor what the target
    // had when its counts were reset (SinkReports).
    virtual Result<SinkStatistics> statistics(SinkNumber sink) = 0;
    struct NumberedStatistics {
        SinkNumber sink;
        SinkStatistics statistics;
    };
    // Of all sinks, whatever was reset: these counts never go back. first_at of the target is
    // meaningless.
    virtual Result<std::vector<NumberedStatistics>> all_statistics() = 0;

    // What is sealed and neither imported nor discarded, whatever its sink is now: the table of
    // that mapping is owed it. Also where `rows` is 0, as its import needs the table too.
    struct RowsToImport {
        SinkVersion sink;
        std::uint64_t rows = 0;
    };
    virtual Result<std::vector<RowsToImport>> rows_to_import() = 0;

    // The same by volume, without those that have no such rows.
    virtual Result<std::map<VolumeId, std::uint64_t>> rows_to_import_by_volume() = 0;
};

}  // namespace millrace
