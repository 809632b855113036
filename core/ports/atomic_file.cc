#include "core/ports/atomic_file.h"

#include <fmt/format.h>

#include <span>

namespace millrace {
namespace {

std::string directory_of(const std::string& path) {
    const auto slash = path.find_last_of('/');
    if (slash == std::string::npos) return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

Result<void> write_whole(Disk& disk, const std::string& path, std::string_view content) {
    TRY_ASSIGN(const auto file, disk.open(path, Disk::Open::create));
    TRY(file->truncate(0));
    TRY(file->write_at(0, std::as_bytes(std::span(content.data(), content.size()))));
    return file->sync_data();
}

Result<void> replace(Disk& disk, const std::string& path, std::string_view content) {
    // First, so that nothing but a failed sync can come between the rename and the end.
    TRY_ASSIGN(const auto directory, disk.open_directory(directory_of(path)));
    const auto temporary = path + std::string(kTemporarySuffix);
    auto written = write_whole(disk, temporary, content);
    if (written.ok()) written = disk.rename(temporary, path);
    if (!written.ok()) {
        // Best effort: many of these names are never used again, and the disk may be full.
        static_cast<void>(disk.remove(temporary).ok());
        return written;
    }
    return directory->sync();
}

}  // namespace

Result<void> write_atomically(Disk& disk, const std::string& path, std::string_view content) {
    return replace(disk, path, content).in(fmt::format("write {}", path));
}

Result<std::string> read_whole(Disk& disk, const std::string& path) {
    TRY_ASSIGN(const auto file, disk.open(path, Disk::Open::existing));
    TRY_ASSIGN(const auto size, file->size());
    std::string content(size, '\0');
    TRY_ASSIGN(const auto count,
               file->read_at(0, std::as_writable_bytes(std::span(content.data(), content.size()))));
    content.resize(count);
    return content;
}

}  // namespace millrace
