#include "storage/os/atomic_file.h"

#include <fmt/format.h>

namespace millrace::os {
namespace {

std::string directory_of(const std::string& path) {
    const auto slash = path.find_last_of('/');
    if (slash == std::string::npos) return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

Result<void> write_whole(Disk& disk, const std::string& path, std::span<const std::byte> bytes) {
    TRY_ASSIGN(const auto file, disk.open(path, Disk::Open::create));
    TRY(file->truncate(0));
    TRY(file->write_at(0, bytes));
    return file->sync_data();
}

Result<void> replace(Disk& disk, const std::string& path, std::span<const std::byte> bytes) {
    const auto temporary = path + ".tmp";
    TRY(write_whole(disk, temporary, bytes));
    TRY(disk.rename(temporary, path));
    return disk.sync_directory(directory_of(path));
}

}  // namespace

Result<void> write_atomically(Disk& disk, const std::string& path,
                              std::span<const std::byte> bytes) {
    return replace(disk, path, bytes).in(fmt::format("write {}", path));
}

}  // namespace millrace::os
