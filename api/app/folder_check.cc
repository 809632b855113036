#include "api/app/folder_check.h"

#include <fmt/format.h>
#include <sys/statvfs.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "storage/os/write_trial.h"

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

}  // namespace

Result<std::string> check_folder(const std::string& folder) {
    const auto found = nearest(folder);
    std::error_code failure;
    if (!fs::is_directory(found, failure)) {
        return Error(Code::unavailable,
                     fmt::format("{} is no folder; name another one", found.string()));
    }
    TRY(os::try_writing(found.string()));
    struct statvfs room {};
    if (::statvfs(found.c_str(), &room) != 0) {
        return Error(Code::unavailable,
                     fmt::format("the room of {} is not known ({})", found.string(),
                                 std::generic_category().message(errno)));
    }
    const auto free = static_cast<double>(room.f_bavail) * static_cast<double>(room.f_frsize) / kGb;
    const bool is_there = fs::equivalent(found, folder, failure);
    return fmt::format("{} {}, {:.1f} GB are free", folder,
                       is_there ? "can be written to" : "is not there yet and can be made", free);
}

}  // namespace millrace
