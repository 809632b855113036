#include "storage/os/directory_place.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <filesystem>
#include <system_error>

#include "storage/os/posix_error.h"

namespace millrace::os {

Result<DirectoryPlace> place_of(const std::string& directory) {
    struct stat found {};
    if (::stat(directory.c_str(), &found) != 0) return error_from(errno, "stat", directory);
    if (!S_ISDIR(found.st_mode)) return error_from(ENOTDIR, "stat", directory);
    return DirectoryPlace{.device = found.st_dev, .inode = found.st_ino};
}

std::string place_text(const std::string& directory) {
    namespace fs = std::filesystem;
    const auto place = place_of(directory);
    if (place.ok()) return fmt::format("{}:{}", place.value().device, place.value().inode);
    std::error_code failure;
    const auto path =
        fs::weakly_canonical((fs::absolute(directory, failure) / "").parent_path(), failure);
    return failure ? directory : path.string();
}

}  // namespace millrace::os
