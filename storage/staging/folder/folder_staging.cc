#include "storage/staging/folder/folder_staging.h"

#include <array>

#include "storage/codec/gzip.h"

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

Result<std::uint64_t> FolderStaging::put(const std::string& key, ByteSource& csv,
                                         Encoding encoding) {
    TRY_ASSIGN(const auto path, path_of(key));
    const auto directory = parent_of(path);
    const auto unfinished = path + std::string(kUnfinished);
    TRY(disk_.make_directories(directory));

    std::unique_ptr<ByteSource> packed;
    if (encoding.compression == Compression::gzip) packed = codec::gzip(csv, encoding.gzip_level);
    TRY_ASSIGN(const auto size, write_new(unfinished, packed != nullptr ? *packed : csv));

    TRY(disk_.rename(unfinished, path));
    TRY(disk_.sync_directory(directory));
    return size;
}

Result<std::unique_ptr<ByteSource>> FolderStaging::get(const std::string& key,
                                                       Compression compression) {
    TRY_ASSIGN(const auto path, path_of(key));
    TRY_ASSIGN(auto file, disk_.open(path, Disk::Open::existing));
    std::unique_ptr<ByteSource> stored = std::make_unique<FileSource>(std::move(file));
    if (compression == Compression::none) return stored;
    return codec::gunzip(std::move(stored));
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

}  // namespace millrace::staging
