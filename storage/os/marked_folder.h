#pragma once
// A folder that says what it is from its first moment on: whatever kills its maker, there is none,
// or one with the mark in it. One without would be taken for an empty one.
//
// A folder that is not there is made under another name, "NAME.new", gets its mark, and then its
// name. One that is there and empty, as the root of a disk is, gets the mark first of all.
//
// Durable  once it returned ok, the folder and its mark survive a power loss.
// See      docs/formats/backup.md

#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/ports/disk.h"

namespace millrace::os {

struct FolderMark {
    std::string_view name;  // of the file
    std::string_view text;  // for people: the name alone counts
};

// Folders above it are made too. What an earlier one left under the other name is used.
// Errors  conflict     it is there already and not empty, or something else has the other name
//         unavailable  it is not there, or is as it was, or is empty but for the mark
//         unknown_outcome
Result<void> make_marked_folder(Disk& disk, const std::string& folder, const FolderMark& mark);

}  // namespace millrace::os
