#include "storage/os/marked_folder.h"

#include <fmt/format.h>

#include <filesystem>
#include <span>
#include <system_error>

namespace millrace::os {
namespace {

namespace fs = std::filesystem;

bool is_there(const fs::path& path) {
    std::error_code failure;
    return fs::exists(fs::symlink_status(path, failure));
}

// With nothing in it but what `mark` is called.
bool has_only(const fs::path& folder, std::string_view mark) {
    std::error_code failure;
    fs::directory_iterator entries(folder, failure);
    while (!failure && entries != fs::directory_iterator()) {
        if (mark.empty() || entries->path().filename() != mark) return false;
        entries.increment(failure);
    }
    return !failure;
}

Result<void> put_mark(Disk& disk, const std::string& folder, const FolderMark& mark) {
    TRY_ASSIGN(const auto file,
               disk.open(fmt::format("{}/{}", folder, mark.name), Disk::Open::create));
    TRY(file->write_at(0, std::as_bytes(std::span(mark.text))));
    TRY(file->sync_data());
    return disk.sync_directory(folder);
}

}  // namespace

Result<void> make_marked_folder(Disk& disk, const std::string& folder, const FolderMark& mark) {
    auto path = fs::path(folder).lexically_normal();
    if (!path.has_filename()) path = path.parent_path();  // "name/"
    if (is_there(path)) {
        if (has_only(path, {})) return put_mark(disk, path.string(), mark);
        return Error(
            Code::conflict,
            fmt::format("{} is there already; name a folder that is not, or an empty one", folder));
    }
    const auto unnamed = path.string() + ".new";
    if (is_there(unnamed) && !has_only(unnamed, mark.name)) {
        return Error(Code::conflict,
                     fmt::format("{} is in the way: move it, or name another folder", unnamed));
    }
    TRY(disk.make_directories(unnamed));
    TRY(put_mark(disk, unnamed, mark));
    TRY(disk.rename(unnamed, path.string()));
    const auto parent = path.parent_path().string();
    return disk.sync_directory(parent.empty() ? "." : parent);
}

}  // namespace millrace::os
