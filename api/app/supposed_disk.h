#pragma once
// SupposedDisk: a disk as it would be after changes, which are kept in memory and not made: what
// runs on it says what it would do, and goes on with what would be there then.
//
// Thread  the caller's.

#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "core/base/result.h"
#include "core/ports/disk.h"

namespace millrace {

class SupposedDisk final : public Disk {
public:
    // `real` is read, and outlives it and its files.
    explicit SupposedDisk(Disk& real) : real_(real) {}

    // A file that is opened as `existing` and is that of the disk can only be read.
    Result<std::unique_ptr<DiskFile>> open(const std::string& path, Open mode) override;
    Result<void> rename(const std::string& from, const std::string& to) override;
    Result<void> remove(const std::string& path) override;
    Result<void> make_directories(const std::string& path) override;
    Result<std::unique_ptr<DiskDirectory>> open_directory(const std::string& path) override;
    Result<void> sync_directory(const std::string& path) override;
    Result<std::vector<std::string>> list(const std::string& path) override;
    Result<std::uint64_t> free_bytes(const std::string& path) override;

private:
    struct Gone {};
    struct OfDisk {
        std::string path;  // there
    };
    using Bytes = std::shared_ptr<std::string>;
    using Content = std::variant<Gone, OfDisk, Bytes>;

    // Errors  not_found; those of the disk
    Result<Content> content_of(const std::string& path);

    Disk& real_;
    std::map<std::string, Content> changed_;  // by path
};

}  // namespace millrace
