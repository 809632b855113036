#include "storage/os/directory_place.h"

#include <sys/stat.h>

#include "storage/os/posix_error.h"

namespace millrace::os {

Result<DirectoryPlace> place_of(const std::string& directory) {
    struct stat found {};
    if (::stat(directory.c_str(), &found) != 0) return error_from(errno, "stat", directory);
    if (!S_ISDIR(found.st_mode)) return error_from(ENOTDIR, "stat", directory);
    return DirectoryPlace{.device = found.st_dev, .inode = found.st_ino};
}

}  // namespace millrace::os
