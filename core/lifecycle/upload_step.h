#pragma once
// Upload: moves a sealed slice from local storage to staging.
//
// Thread  a worker; one at a time for a slice.

#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/lifecycle/stores.h"
#include "core/model/settings.h"
#include "core/model/slice.h"

namespace millrace::lifecycle {

// closing or uploading -> uploaded. Returns the object that the catalog has then: that of another
// attempt where that one came first, and its own is removed. Safe to repeat after any error, with
// another `attempt`: no two may have the same (staging_key.h).
// Errors  those of the catalog, the slice store and the staging; corrupt when the local file is not
//         what was sealed
Result<StagedObject> upload_slice(const Slice& slice, const Settings& settings,
                                  std::string_view attempt, const Stores& stores);

// Deletes the local file of an uploaded slice, unless that is held. What stays here is found again
// by the clean-up.
Result<void> remove_local(const LocalSlice& slice, const Stores& stores);

}  // namespace millrace::lifecycle
