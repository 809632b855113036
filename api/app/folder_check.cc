#include "api/app/folder_check.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

namespace millrace {
namespace {

namespace fs = std::filesystem;

constexpr double kGb = 1024.0 * 1024 * 1024;

// The folder itself, or the one that it would be made in.
fs::path nearest(const fs::path& folder) {
    std::error_code failure;
    auto path = fs::absolute(folder, failure);
    while (!fs::exists(path, failure) && path.has_relative_path()) path = path.parent_path();
    return path;
}

std::string_view remedy_of(int why) {
    if (why == ENOSPC || why == EDQUOT) return "make room on its disk";
    if (why == EROFS) return "its disk is mounted to be read only";
    return "give it to the user of the service";
}

Error cannot_write(const fs::path& folder, int why) {
    return {Code::unavailable, fmt::format("{} cannot be written to ({}); {}", folder.string(),
                                           std::generic_category().message(why), remedy_of(why))};
}

// The rights alone do not tell of a file system that is read-only, or full.
Result<void> try_to_write(const fs::path& folder) {
    const auto path = (folder / fmt::format(".millrace-check-{}", ::getpid())).string();
    const int file = ::open(path.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
    if (file < 0) return cannot_write(folder, errno);
    const bool is_written = ::write(file, "x", 1) == 1 && ::fsync(file) == 0;
    const int why = errno;
    ::close(file);
    ::unlink(path.c_str());
    if (!is_written) return cannot_write(folder, why);
    return {};
}

}  // namespace

Result<std::string> check_folder(const std::string& folder) {
    const auto found = nearest(folder);
    std::error_code failure;
    if (!fs::is_directory(found, failure)) {
        return Error(Code::unavailable,
                     fmt::format("{} is no folder; name another one", found.string()));
    }
    TRY(try_to_write(found));
    struct statvfs room {};
    if (::statvfs(found.c_str(), &room) != 0) return cannot_write(found, errno);
    const auto free = static_cast<double>(room.f_bavail) * static_cast<double>(room.f_frsize) / kGb;
    const bool is_there = fs::equivalent(found, folder, failure);
    return fmt::format("{} {}, {:.1f} GB are free", folder,
                       is_there ? "can be written to" : "is not there yet and can be made", free);
}

}  // namespace millrace
