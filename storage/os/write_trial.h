#pragma once
// try_writing(): whether a directory takes a file now. The rights alone do not tell of a file
// system that is read-only, or full.
//
// Thread  any.

#include <string>

#include "core/base/result.h"

namespace millrace::os {

// Makes a small file in the directory, durably, and removes it.
// Errors  unavailable: one sentence, with the directory and what helps; named kNoSpace where that
//         is why
Result<void> try_writing(const std::string& directory);

}  // namespace millrace::os
