#pragma once
// Small files that are replaced as a whole.

#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/ports/disk.h"

namespace millrace {

// Replaces `directory`/`name`: after a power loss the old or the new content is there, never a mix; when
// it returns without an error, the new one. Errors  those of Disk
inline Result<void> write_atomically(Disk& disk, const std::string& directory, const std::string& name,
                                     std::string_view content) {
    const auto path = directory + "/" + name;
    const auto temporary = path + ".tmp";
    {
        TRY_ASSIGN(auto file, disk.open(temporary, Disk::Open::create));
        TRY(file->truncate(0));
        TRY(file->write_at(0, std::as_bytes(std::span(content.data(), content.size()))));
        TRY(file->sync_data());
    }
    TRY(disk.rename(temporary, path));
    return disk.sync_directory(directory);
}

// The whole content of a file. Errors  not_found, unavailable
inline Result<std::string> read_whole(Disk& disk, const std::string& path) {
    TRY_ASSIGN(auto file, disk.open(path, Disk::Open::existing));
    TRY_ASSIGN(const auto size, file->size());
    std::string content(size, '\0');
    TRY_ASSIGN(const auto count,
               file->read_at(0, std::as_writable_bytes(std::span(content.data(), content.size()))));
    content.resize(count);
    return content;
}

}  // namespace millrace
