#pragma once
// Retention: how long the catalog remembers what is done. What is not imported is never deleted.

#include <cstdint>

#include "core/base/time.h"

namespace millrace::policy {

// Imported files and their slices stay visible that long.
inline constexpr Milliseconds kImportedKept = std::chrono::hours(1);

// A staged object that no slice names is removed when it was there twice, that far apart: by then
// no commit that could still name it is under way.
inline constexpr Milliseconds kStrayKept = std::chrono::hours(1);
// How long after the first look at a staging comes the second; further ones are kStrayKept apart.
inline constexpr Milliseconds kStrayLookedAgain = std::chrono::minutes(5);

// How often a bucket forgets imports that no backup needs any more; and with so many files that
// still wait and are as old it forgets none.
inline constexpr Milliseconds kForgetOldEvery = std::chrono::hours(1);
inline constexpr std::uint32_t kOldWaitingMax = 1000;

inline constexpr Milliseconds kCleanupInterval = std::chrono::minutes(1);
inline constexpr std::uint32_t kCleanupBatch = 200;  // files, and slices with leftovers, at a time

}  // namespace millrace::policy
