#pragma once
// What another import has brought of a file: by an installation that went on behind the backup of
// this one, under the same id. It may have left out slices that were set aside there, or rows that
// the table refused; and it may have had slices that the backup lacks, which were set aside here.
//
// Whatever it left out is left out here too, and what it has is not imported again. The digest in
// the import log of the target says what that is (slice_digest.h).
//
// Thread  that of the import.
// See     docs/adr/0026-backup.md

#include <span>
#include <string_view>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/lifecycle/import_step.h"
#include "core/lifecycle/stores.h"
#include "core/model/slice.h"
#include "core/ports/target.h"

namespace millrace::lifecycle {

enum class EarlierImport {
    none,     // it has no slice of the file, or there is none
    some,     // what it lacks was set aside or recorded as refused now: look at the file anew
    all,      // nothing is left to import
    unclear,  // what it has cannot be told
};

// Compares `file`, whose request is that of the whole file, with the import of which the target has
// `recorded`. That is of the slices `whole`, ordered by id, among which those of the file are.
// Errors  those of the catalog, and of reading refused rows
Result<EarlierImport> compare_with_earlier(const ImportedFile& file, const ImportRequest& request,
                                           std::span<const Slice> whole, std::string_view recorded,
                                           WallTime now, const Stores& stores);

}  // namespace millrace::lifecycle
