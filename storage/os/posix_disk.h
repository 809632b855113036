#pragma once
// PosixDisk is the Disk of the machine: pread, pwrite, fdatasync, rename, fsync of directories.
//
// New files are 0640 and new directories 0750, less the umask. Paths are passed to the kernel as
// they are. Besides files, remove() takes an empty directory.
//
// Thread   any.
// Durable  as the port says. make_directories() syncs the parent of a directory that it makes, and
//          of one that it finds the first time only: a process may have made it and died before its
//          sync.
// Errors   as the port says: ENOENT is not_found, EEXIST conflict, a failed fdatasync or fsync
//          unknown_outcome, everything else unavailable; ENOSPC and EDQUOT are named kNoSpace,
//          EMFILE, ENFILE and ENOMEM kNoDescriptors. The text has the operation, the path and the
//          system's own words.

#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include "core/base/guarded.h"
#include "core/ports/disk.h"

namespace millrace::os {

class PosixDisk : public Disk {
public:
    Result<std::unique_ptr<DiskFile>> open(const std::string& path, Open mode) override;
    Result<void> rename(const std::string& from, const std::string& to) override;
    Result<void> remove(const std::string& path) override;
    Result<void> make_directories(const std::string& path) override;
    Result<std::unique_ptr<DiskDirectory>> open_directory(const std::string& path) override;
    Result<void> sync_directory(const std::string& path) override;
    Result<std::vector<std::string>> list(const std::string& path) override;
    Result<std::uint64_t> free_bytes(const std::string& path) override;

private:
    Result<void> sync_parent_once(const std::string& directory);

    Guarded<std::unordered_set<std::string>> durable_;  // directories whose names are on disk
};

}  // namespace millrace::os
