#pragma once
// RefusedRowStore: the rows of files that the database of their table refuses.
//
// They are recorded before the file is imported without them. Until that import is recorded they
// count as rows of their slices, wherever those are; FileCatalog::mark_imported() makes rejects of
// them in its transaction. So a row is counted once at any moment, and once a file has refused rows
// each attempt to import it leaves out the same ones, whatever the table says by then: an attempt
// may have happened whose answer was lost.
//
// Thread   any; writes are serialised inside.
// Durable  every write is on disk when it returns.
// Errors   unavailable. Writing again after any error is safe.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/model/known_keys.h"
#include "core/model/refused_row.h"
#include "core/model/slice.h"

namespace millrace {

// A file as it was closed, of which slices were set aside as files of their own.
struct WholeFile {
    FileId id;
    std::vector<Slice> slices;  // its own and theirs, ordered by id
};

// What the import of a file has to know besides its slices.
struct RefusedRows {
    std::vector<RefusedRow> rows;  // in the order of slices and rows; without `text`
    bool is_of_load = false;       // the file is imported whole or not at all
    KnownKeys known_keys = KnownKeys::replace;
    std::optional<WholeFile> whole = {};  // that it is what is left of, or a part of

    // CoverageStore::record_covered(); the owner is empty where it was not told.
    std::string covered_owner = {};
    std::string covered = {};
    // How many files that are not imported have rows from before there, besides it.
    std::uint64_t earlier_waiting = 0;
};

class RefusedRowStore {
public:
    virtual ~RefusedRowStore() = default;

    virtual Result<RefusedRows> refused_rows(FileId file) = 0;

    // Adds rows to those of the file; one that it has already stays as it is.
    // Errors  not_found; conflict: the file is not one that waits for its import, or of a load
    virtual Result<void> record_refused(FileId file, const std::vector<RefusedRow>& rows) = 0;
};

}  // namespace millrace
