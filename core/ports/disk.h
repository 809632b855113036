#pragma once
// Disk: files and directories, with the promises of a POSIX file system and not one more.
//
// Durable  nothing before the sync that covers it: bytes need sync_data(), a created, renamed or
//          removed name needs sync_directory() of its directory.
// Errors   not_found, conflict (exists), unavailable (did not happen; named kNoSpace or
//          kNoDescriptors where that is why), unknown_outcome (a failed sync: the bytes may or may
//          not be on disk, and trying again proves nothing).
// Thread   any; one DiskFile or DiskDirectory is used by one thread at a time.
// See      tests/conformance/disk_suite.h runs over every implementation.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace millrace {

// Names of errors that are unavailable, and of failed syncs.
inline constexpr std::string_view kNoSpace = "disk.noSpace";  // of the file system or a quota
inline constexpr std::string_view kNoDescriptors = "disk.noDescriptors";  // of process or machine

class DiskFile {
public:
    virtual ~DiskFile() = default;

    // Fills the front of `buffer` from `offset` and returns how many bytes; fewer only at the end.
    virtual Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> buffer) = 0;

    // Writes all of `bytes` at `offset`, growing the file as needed. After an error any part of the
    // bytes may be in the file; writing them again is safe.
    virtual Result<void> write_at(std::uint64_t offset, std::span<const std::byte> bytes) = 0;

    // Makes all bytes written so far, and the size, durable.
    virtual Result<void> sync_data() = 0;

    virtual Result<std::uint64_t> size() = 0;
    virtual Result<void> truncate(std::uint64_t size) = 0;

    // Makes the file at least `size` long and takes the room for all of it.
    // Errors  unavailable: no room, or the file system cannot do that
    virtual Result<void> allocate(std::uint64_t size) = 0;
};

// An open directory: syncing it needs no descriptor that may be missing just then.
class DiskDirectory {
public:
    virtual ~DiskDirectory() = default;

    // Makes all names created, renamed and removed so far durable.
    virtual Result<void> sync() = 0;
};

class Disk {
public:
    enum class Open {
        existing,    // not_found if it is not there
        create_new,  // conflict if it is there
        create,      // either
    };

    virtual ~Disk() = default;

    virtual Result<std::unique_ptr<DiskFile>> open(const std::string& path, Open mode) = 0;
    virtual Result<void> rename(const std::string& from,
                                const std::string& to) = 0;              // replaces `to`
    virtual Result<void> remove(const std::string& path) = 0;            // not_found
    virtual Result<void> make_directories(const std::string& path) = 0;  // parents too; synced
    virtual Result<std::unique_ptr<DiskDirectory>> open_directory(const std::string& path) = 0;
    // For names whose change may stay unsynced without harm: without a descriptor it is
    // unavailable, although they have changed. Else open the directory before.
    virtual Result<void> sync_directory(const std::string& path) = 0;
    virtual Result<std::vector<std::string>> list(const std::string& path) = 0;  // names, sorted
    virtual Result<std::uint64_t> free_bytes(const std::string& path) = 0;
};

}  // namespace millrace
