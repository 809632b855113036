#pragma once
// FileChange: what an operator does with a file that does not get on.

#include <functional>
#include <string>
#include <string_view>

#include "core/base/ids.h"
#include "core/base/result.h"

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
    std::string reason = {};  // of set_aside
};

// Calls the second argument when the change is made or refused: Lifecycle::change_file().
using FileChangeDone = std::function<void(Result<void>)>;
using ChangeFile = std::function<void(const FileChange&, FileChangeDone)>;

}  // namespace millrace::lifecycle
