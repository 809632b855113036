#pragma once
// FolderStaging: staging as files below a folder; the key is the path.
//
// Format   the bytes as they come; "<key>.tmp" is an unfinished put().
// Thread   any; one key is put by one thread at a time.
// Durable  an object is there whole once put() has returned: temporary name, sync, rename, sync.

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "core/ports/disk.h"
#include "core/ports/file_links.h"
#include "core/ports/staging.h"

namespace millrace::staging {

class FolderStaging : public Staging, public LinkingStaging {
public:
    // Gives a file a second name, as os::hard_link() does.
    using Link = std::function<Result<bool>(const std::string& file, const std::string& name)>;

    // `disk` must outlive it and the sources it hands out. Without `link` files are copied.
    FolderStaging(Disk& disk, std::string folder, Link link = nullptr)
        : disk_(disk), folder_(std::move(folder)), link_(std::move(link)) {}

    // Errors  invalid: the key is empty, absolute, leaves the folder or ends in ".tmp"
    Result<std::uint64_t> put(const std::string& key, ByteSource& bytes) override;
    Result<bool> link(const std::string& key, const std::string& path) override;
    Result<std::unique_ptr<ByteSource>> get(const std::string& key) override;
    // Removes the folder that held the object too if it is empty now, unless it is one of the first
    // level: those stay in use.
    Result<void> remove(const std::string& key) override;
    Result<std::vector<std::string>> list(const ListPage& page) override;

private:
    Result<std::string> path_of(const std::string& key) const;
    Result<std::uint64_t> write_new(const std::string& path, ByteSource& bytes);
    Result<void> collect(const std::string& beginning, const ListPage& page,
                         std::vector<std::string>& keys);

    Disk& disk_;
    const std::string folder_;
    const Link link_;
};

}  // namespace millrace::staging
