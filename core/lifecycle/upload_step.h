#pragma once
// Upload: moves a sealed slice from local storage to staging.
//
// Thread  a worker; one at a time for a slice.

#include <cstdint>
#include <string>

#include "core/base/result.h"
#include "core/lifecycle/stores.h"
#include "core/model/settings.h"
#include "core/model/slice.h"

namespace millrace::lifecycle {

// Where a slice is in staging: "<sink number>/<file id>.<slice id>.csv", with ".gz" when
// compressed. One folder a sink: one for each file would have to be made, synced and removed.
std::string staging_key(const SliceOpening& slice, Compression compression);

// closing or uploading -> uploaded. Returns the size in staging. Safe to repeat after any error:
// the key is always the same, and a put replaces what an earlier attempt left.
// Errors  those of the catalog, the slice store and the staging; corrupt when the local file is not
//         what was sealed
Result<std::uint64_t> upload_slice(const Slice& slice, const Settings& settings,
                                   const Stores& stores);

// Deletes the local file of an uploaded slice. What fails here is found again by the clean-up.
Result<void> remove_local(const LocalSlice& slice, const Stores& stores);

}  // namespace millrace::lifecycle
