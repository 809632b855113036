#include "storage/os/disk_space.h"

#include <sys/statvfs.h>

#include <cerrno>

#include "storage/os/posix_error.h"

namespace millrace::os {

Result<DiskSpace> disk_space(const std::string& directory) {
    struct statvfs status {};
    if (retry_interrupted([&] { return ::statvfs(directory.c_str(), &status); }) != 0) {
        return error_from(errno, "statvfs", directory);
    }
    const auto unit = static_cast<std::uint64_t>(status.f_frsize);
    return DiskSpace{.free_bytes = status.f_bavail * unit, .total_bytes = status.f_blocks * unit};
}

}  // namespace millrace::os
