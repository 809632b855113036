#pragma once
// What an import does about the rows that the database of its table refuses: it finds them, has the
// catalog record them, and leaves them out.
//
//   import --is_row_refused()--> find_refused --> record_refused --> import without them
//
// Whatever dies in between, the next attempt begins with the rows that are recorded. The digest
// that the ledger of the target keeps names those rows too: an import that left out others is not
// taken for this one, and an installation that was restored leaves out the same.
//
// Thread  that of the import.
// See     docs/adr/0025-a-refused-row-is-found-and-left-out.md

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/lifecycle/stores.h"
#include "core/model/refused_row.h"
#include "core/model/slice.h"
#include "core/ports/target.h"

namespace millrace::lifecycle {

// The request without these rows, which are in order. Those without any are as they were.
ImportRequest without_rows(ImportRequest request, std::span<const Slice> slices,
                           std::span<const RefusedRow> refused);

// Asks the target which rows of the file it refuses besides those, and records them. `request` is
// that of the whole file. Returns whether there are any.
// Errors  conflict: more than kRefusedRowsMax in all; those of target, staging and catalog
Result<bool> record_refused_rows(const ImportRequest& request, std::span<const Slice> slices,
                                 std::span<const RefusedRow> refused, Target& target,
                                 RefusedRowStore& store);

// Records rows of the file, in order and only by their places, that an import has left out which is
// in the target already: by an installation that went on behind the backup of this one.
Result<void> record_left_out(const ImportRequest& request, std::span<const Slice> slices,
                             std::vector<RefusedRow> rows, RefusedRowStore& store);

// The first row that is refused, with its place: "row 17 of slice 2: ...". Empty if there is none.
Result<std::string> first_refused_row(const ImportRequest& request, Target& target);

}  // namespace millrace::lifecycle
