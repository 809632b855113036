#include "storage/os/hard_link.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>

#include "storage/os/posix_error.h"

namespace millrace::os {

Result<bool> hard_link(const std::string& file, const std::string& name) {
    if (::link(file.c_str(), name.c_str()) == 0) return true;
    switch (errno) {
        case EXDEV:       // another file system, or another mount of the same
        case EPERM:       // it has no second names, or not for files of others
        case EOPNOTSUPP:  // the same
        case EMLINK:      // the file has too many
            return false;
        default:
            return error_from(errno, "link", fmt::format("{} to {}", file, name));
    }
}

}  // namespace millrace::os
