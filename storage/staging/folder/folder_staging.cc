#include "storage/staging/folder/folder_staging.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

namespace millrace::staging {
namespace {

constexpr std::size_t kBufferBytes = 64 << 10;
constexpr std::string_view kUnfinished = ".tmp";

// True for "a/b/c" of non-empty parts that are neither "." nor "..".
bool stays_inside(std::string_view key) {
    while (true) {
        const auto slash = key.find('/');
        const auto part = key.substr(0, slash);
        if (part.empty() || part == "." || part == "..") return false;
        if (slash == std::string_view::npos) return true;
        key.remove_prefix(slash + 1);
    }
}

// Files of others may be in the folder: lost+found of a disk, a lock.
bool is_part_of_key(std::string_view name) {
    return name.find_first_not_of("0123456789abcdefghijklmnopqrstuvwxyz.-") == std::string::npos;
}

// Of an object, or of an unfinished put().
std::string_view key_of(std::string_view name) {
    if (name.ends_with(kUnfinished)) name.remove_suffix(kUnfinished.size());
    return name;
}

std::string parent_of(const std::string& path) {
    return path.substr(0, path.rfind('/'));
}

class FileSource : public ByteSource {
public:
    explicit FileSource(std::unique_ptr<DiskFile> file) : file_(std::move(file)) {}

    Result<std::size_t> read(std::span<char> buffer) override {
        TRY_ASSIGN(const auto count, file_->read_at(offset_, std::as_writable_bytes(buffer)));
        offset_ += count;
        return count;
    }

private:
    std::unique_ptr<DiskFile> file_;
    std::uint64_t offset_ = 0;
};

Result<std::uint64_t> copy(ByteSource& from, DiskFile& to) {
    std::array<char, kBufferBytes> buffer;
    std::uint64_t size = 0;
    while (true) {
        TRY_ASSIGN(const auto count, from.read(buffer));
        if (count == 0) return size;
        TRY(to.write_at(size, std::as_bytes(std::span(buffer).first(count))));
        size += count;
    }
}

// Whether keys of the page may begin with `beginning`.
bool may_hold(std::string_view beginning, const Staging::ListPage& page) {
    const auto common = std::min(beginning.size(), page.prefix.size());
    if (beginning.substr(0, common) != std::string_view(page.prefix).substr(0, common)) {
        return false;
    }
    return beginning >= page.after || std::string_view(page.after).starts_with(beginning);
}

Result<void> unless_missing(Result<void> removed) {
    if (!removed.ok() && removed.error().code() == Code::not_found) return {};
    return removed;
}

}  // namespace

Result<std::string> FolderStaging::path_of(const std::string& key) const {
    if (!stays_inside(key) || key.find('\0') != std::string::npos || key.ends_with(kUnfinished)) {
        return Error(Code::invalid, fmt::format("\"{}\" is not a staging key", key));
    }
    return fmt::format("{}/{}", folder_, key);
}

Result<std::uint64_t> FolderStaging::write_new(const std::string& path, ByteSource& bytes) {
    // A leftover of a failed put() is removed, not overwritten: after a failed sync its pages may
    // count as clean although they never reached the disk.
    TRY(unless_missing(disk_.remove(path)));
    TRY_ASSIGN(auto file, disk_.open(path, Disk::Open::create_new));
    auto size = copy(bytes, *file);
    if (size.ok()) {
        auto synced = file->sync_data();
        if (synced.ok()) return size;
        size = std::move(synced).error();
    }
    file.reset();
    // Frees the space at once where possible; the next put() tries again.
    static_cast<void>(disk_.remove(path));
    return size;
}

Result<std::uint64_t> FolderStaging::put(const std::string& key, ByteSource& bytes) {
    TRY_ASSIGN(const auto path, path_of(key));
    const auto directory = parent_of(path);
    const auto unfinished = path + std::string(kUnfinished);
    TRY(disk_.make_directories(directory));
    TRY_ASSIGN(const auto size, write_new(unfinished, bytes));
    TRY(disk_.rename(unfinished, path));
    TRY(disk_.sync_directory(directory));
    return size;
}

// A name is made at once or not at all, so there is no unfinished one.
Result<bool> FolderStaging::link(const std::string& key, const std::string& path) {
    if (!link_) return false;
    TRY_ASSIGN(const auto object, path_of(key));
    const auto directory = parent_of(object);
    TRY(disk_.make_directories(directory));
    TRY(unless_missing(disk_.remove(object)));
    TRY_ASSIGN(const bool is_linked, link_(path, object));
    if (is_linked) TRY(disk_.sync_directory(directory));
    return is_linked;
}

Result<std::unique_ptr<ByteSource>> FolderStaging::get(const std::string& key) {
    TRY_ASSIGN(const auto path, path_of(key));
    TRY_ASSIGN(auto file, disk_.open(path, Disk::Open::existing));
    return std::unique_ptr<ByteSource>(std::make_unique<FileSource>(std::move(file)));
}

Result<void> FolderStaging::remove(const std::string& key) {
    TRY_ASSIGN(const auto path, path_of(key));
    TRY(unless_missing(disk_.remove(path)));
    TRY(unless_missing(disk_.remove(path + std::string(kUnfinished))));
    const auto directory = parent_of(path);
    TRY(unless_missing(disk_.sync_directory(directory)));
    // Refused by the disk while other objects are in it; an empty folder left behind harms nothing.
    const bool is_nested = directory != folder_ && parent_of(directory) != folder_;
    if (is_nested) static_cast<void>(disk_.remove(directory));
    return {};
}

Result<std::vector<std::string>> FolderStaging::list(const ListPage& page) {
    std::vector<std::string> keys;
    if (page.limit == 0) return keys;
    TRY(unless_missing(collect({}, page, keys)));
    return keys;
}

// Adds the keys that begin with `beginning`, which is "" or a folder with its "/", until there are
// as many as the page takes. What is a folder is found out by a system call for each name, so only
// of names that come before the end of the page.
Result<void> FolderStaging::collect(const std::string& beginning, const ListPage& page,
                                    std::vector<std::string>& keys) {
    const auto path = [&](std::string_view name) {
        return fmt::format("{}/{}{}", folder_, beginning, name);
    };
    TRY_ASSIGN(auto names, disk_.list(parent_of(path(""))));
    std::erase_if(names, [&](const auto& name) {
        return !is_part_of_key(name) || !may_hold(beginning + std::string(key_of(name)), page);
    });
    std::ranges::sort(names, {}, key_of);
    // Names and keys are in different orders: "a.b" is before "a/b", and "a" before both. What is
    // known waits here until nothing that is not known yet comes before it.
    std::set<std::string> known;
    for (auto name = names.begin(); name != names.end() || !known.empty();) {
        if (name != names.end()) {
            auto key = beginning + std::string(key_of(*name));
            if (known.empty() || key <= *known.begin()) {
                const bool is_file = disk_.open(path(*name), Disk::Open::existing).ok();
                known.insert(is_file ? std::move(key) : beginning + *name + "/");
                ++name;
                continue;
            }
        }
        const auto first = std::move(known.extract(known.begin()).value());
        if (first.ends_with('/')) {
            if (may_hold(first, page)) TRY(unless_missing(collect(first, page, keys)));
        } else if (first.starts_with(page.prefix) && first > page.after) {
            keys.push_back(first);
        }
        if (keys.size() == page.limit) return {};
    }
    return {};
}

}  // namespace millrace::staging
