#pragma once
// Import: moves a file, all of whose slices are staged, into its table.
//
// Everything comes from the file and the mapping snapshot it carries; the sink as it is now
// (changed, disabled, deleted) is never looked at.
//
// A row that the database of the table refuses is left out, and becomes a reject with the import of
// the others (refused_rows.h). A file of a load is imported whole or not at all.
//
// Thread  a worker; one at a time for a table.

#include <atomic>
#include <cstdint>
#include <span>
#include <vector>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/lifecycle/stores.h"
#include "core/model/file.h"
#include "core/model/mapping_snapshot.h"
#include "core/model/slice.h"

namespace millrace::lifecycle {

struct ImportedFile {
    FileId file;
    std::vector<Slice> slices;
    std::uint64_t rows = 0;           // that are in the table
    std::uint64_t bytes = 0;          // of CSV, of all rows
    std::vector<RefusedRow> refused;  // that are rejects now; without their texts
    bool already_done = false;
};

// closing or importing -> imported. Safe to repeat after any error, unknown_outcome included: the
// target commits the file's id with its rows, so a second attempt finds it and imports nothing.
// A file without slices is only marked. Once `stop` is set nothing more is imported.
// Errors  those of the catalog, the staging and the target; corrupt when the catalog does not have
//         the slices the file was closed with, when a staged slice is not what was sealed, or when
//         rows went missing; unavailable once `stop` is set; is_unconfigured(): nothing was done;
//         conflict: the table refuses too many rows; is_row_refused(): one of a load
Result<ImportedFile> import_file(const File& file, const MappingSnapshot& snapshot,
                                 const Instant& now, const Stores& stores,
                                 const std::atomic<bool>& stop);

// The same of several files of one owner, oldest first, that have one mapping: in one transaction
// of the target, if it can. What cannot be imported together is imported from the first file on, as
// far as the first failure. Returns those that were imported, at least the first.
// Errors  of the first file, as above
Result<std::vector<ImportedFile>> import_files(std::span<const File> files,
                                               const MappingSnapshot& snapshot, const Instant& now,
                                               const Stores& stores, const std::atomic<bool>& stop);

// Deletes a staged object whose slice is imported, unless that is held. What stays here is found
// again by the clean-up.
Result<void> remove_staged(SliceId slice, const StagedObject& object, const Stores& stores);

}  // namespace millrace::lifecycle
