#pragma once
// DirectoryLock keeps a second process out of a data folder: an flock on DIR/lock.
//
// The kernel frees the lock when the process ends, however it ends; the file itself stays, because
// removing it would let two processes lock two files of one name. It holds the pid of the last
// holder, for people and for the error's text; nothing is decided by it.
//
// Lifetime  the folder is ours until the object dies. A child made by fork() without exec() shares
//           the lock, and keeps it when the parent dies first.
// Thread    any.

#include <string>

#include "core/base/result.h"
#include "storage/os/posix_error.h"

namespace millrace::os {

class DirectoryLock {
public:
    // Does not wait. The folder must exist.
    // Errors  conflict     somebody holds it; the text has his pid if the file does
    //         not_found    no such folder
    //         unavailable  the lock file cannot be opened, locked or written
    static Result<DirectoryLock> acquire(const std::string& directory);

private:
    explicit DirectoryLock(Descriptor descriptor) : descriptor_(std::move(descriptor)) {}

    Descriptor descriptor_;
};

}  // namespace millrace::os
