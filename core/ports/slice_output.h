#pragma once
// SliceOutput: the file of one slice while it is written piece by piece, around the journal.
//
// Lifetime  one that ends before finish() has returned leaves no file behind.
// Thread    one at a time; it waits for the disk.

#include <string_view>

#include "core/base/result.h"

namespace millrace {

class SliceOutput {
public:
    virtual ~SliceOutput() = default;

    // Errors  unavailable (kNoSpace where that is why); it takes no more then.
    virtual Result<void> append(std::string_view csv) = 0;

    // Makes what was appended durable, though not under a name yet: a crash takes the file.
    // Errors  unavailable, unknown_outcome: it takes no more then
    virtual Result<void> sync() = 0;

    // Makes the file durable, whole, under its name. Nothing vouches for it until the catalog has
    // the slice.
    // Errors  unavailable: there is no file; unknown_outcome: it may be there, and be lost later
    virtual Result<void> finish() = 0;
};

}  // namespace millrace
