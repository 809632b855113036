#pragma once
// FileChange: what an operator does with a file that does not get on.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/model/file.h"
#include "core/model/known_keys.h"
#include "core/model/slice.h"

namespace millrace::lifecycle {

enum class FileAct {
    retry,      // try it and the uploads of its slices now, instead of when their pause is over
    set_aside,  // take it out of the queue
    restore,    // put it back
    discard,    // give its rows up; only of one that is set aside
};

std::string_view to_string(FileAct act);

struct FileChange {
    FileId file;
    FileAct act = FileAct::retry;
    std::string reason = {};                    // of set_aside
    std::vector<SliceId> slices = {};           // of set_aside: these alone, not the whole file
    KnownKeys known_keys = KnownKeys::replace;  // of restore
};

// Whether the file fails for this slice of it: an attempt that came to read the slice had not found
// the file in the target, so it is not there. Of any other slice that is not known.
bool fails_for(const File& file, const Slice& slice);

// The file that slices of `file` become which are set aside alone, by the first of them.
FileId part_of(FileId file, SliceId first);

// Calls the second argument when the change is made or refused: Lifecycle::change_file().
using FileChangeDone = std::function<void(Result<void>)>;
using ChangeFile = std::function<void(const FileChange&, FileChangeDone)>;

}  // namespace millrace::lifecycle
