#include "api/app/supposed_disk.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <set>
#include <string_view>
#include <utility>

#include "core/ports/atomic_file.h"

namespace millrace {
namespace {

class BytesFile final : public DiskFile {
public:
    explicit BytesFile(std::shared_ptr<std::string> bytes) : bytes_(std::move(bytes)) {}

    Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> buffer) override {
        if (offset >= bytes_->size()) return std::size_t{0};
        const auto part = std::string_view(*bytes_).substr(offset, buffer.size());
        std::memcpy(buffer.data(), part.data(), part.size());
        return part.size();
    }
    Result<void> write_at(std::uint64_t offset, std::span<const std::byte> bytes) override {
        if (bytes.empty()) return {};
        if (bytes_->size() < offset + bytes.size()) bytes_->resize(offset + bytes.size());
        std::memcpy(bytes_->data() + offset, bytes.data(), bytes.size());
        return {};
    }
    Result<void> sync_data() override { return {}; }
    Result<std::uint64_t> size() override { return std::uint64_t{bytes_->size()}; }
    Result<void> truncate(std::uint64_t size) override {
        bytes_->resize(size);
        return {};
    }
    Result<void> allocate(std::uint64_t size) override {
        bytes_->resize(std::max<std::uint64_t>(size, bytes_->size()));
        return {};
    }

private:
    std::shared_ptr<std::string> bytes_;
};

class ReadFile final : public DiskFile {
public:
    explicit ReadFile(std::unique_ptr<DiskFile> file) : file_(std::move(file)) {}

    Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> buffer) override {
        return file_->read_at(offset, buffer);
    }
    Result<void> write_at(std::uint64_t /*offset*/, std::span<const std::byte> /*bytes*/) override {
        return refused();
    }
    Result<void> sync_data() override { return {}; }
    Result<std::uint64_t> size() override { return file_->size(); }
    Result<void> truncate(std::uint64_t /*size*/) override { return refused(); }
    Result<void> allocate(std::uint64_t /*size*/) override { return refused(); }

private:
    static Error refused() { return {Code::internal, "a file of the disk is not changed here"}; }

    std::unique_ptr<DiskFile> file_;
};

class NoDirectory final : public DiskDirectory {
public:
    Result<void> sync() override { return {}; }
};

std::string_view directory_of(std::string_view path) {
    const auto slash = path.rfind('/');
    return slash == std::string_view::npos ? std::string_view(".") : path.substr(0, slash);
}

}  // namespace

Result<SupposedDisk::Content> SupposedDisk::content_of(const std::string& path) {
    const auto found = changed_.find(path);
    if (found == changed_.end()) {
        TRY(real_.open(path, Open::existing));
        return Content(OfDisk{path});
    }
    if (!std::holds_alternative<Gone>(found->second)) return found->second;
    return Error(Code::not_found, fmt::format("{} is not there", path));
}

Result<std::unique_ptr<DiskFile>> SupposedDisk::open(const std::string& path, Open mode) {
    const auto file_of = [](Bytes bytes) {
        return std::unique_ptr<DiskFile>(std::make_unique<BytesFile>(std::move(bytes)));
    };
    const auto content = content_of(path);
    if (!content.ok()) {
        if (mode == Open::existing || content.error().code() != Code::not_found) {
            return content.error();
        }
        const auto made = std::make_shared<std::string>();
        changed_[path] = made;
        return file_of(made);
    }
    if (mode == Open::create_new) {
        return Error(Code::conflict, fmt::format("{} is there already", path));
    }
    if (const auto* const bytes = std::get_if<Bytes>(&content.value())) return file_of(*bytes);
    const auto& there = std::get<OfDisk>(content.value()).path;
    if (mode == Open::existing) {
        TRY_ASSIGN(auto file, real_.open(there, Open::existing));
        return std::unique_ptr<DiskFile>(std::make_unique<ReadFile>(std::move(file)));
    }
    TRY_ASSIGN(auto text, read_whole(real_, there));
    const auto copy = std::make_shared<std::string>(std::move(text));
    changed_[path] = copy;
    return file_of(copy);
}

Result<void> SupposedDisk::rename(const std::string& from, const std::string& to) {
    TRY_ASSIGN(auto content, content_of(from));
    changed_[to] = std::move(content);
    changed_[from] = Gone{};
    return {};
}

Result<void> SupposedDisk::remove(const std::string& path) {
    TRY(content_of(path));
    changed_[path] = Gone{};
    return {};
}

Result<void> SupposedDisk::make_directories(const std::string& /*path*/) {
    return {};
}

Result<std::unique_ptr<DiskDirectory>> SupposedDisk::open_directory(const std::string& /*path*/) {
    return std::unique_ptr<DiskDirectory>(std::make_unique<NoDirectory>());
}

Result<void> SupposedDisk::sync_directory(const std::string& /*path*/) {
    return {};
}

Result<std::vector<std::string>> SupposedDisk::list(const std::string& path) {
    TRY_ASSIGN(const auto listed, real_.list(path));
    std::set<std::string> names(listed.begin(), listed.end());
    for (const auto& [changed, content] : changed_) {
        if (directory_of(changed) != path) continue;
        auto name = changed.substr(changed.rfind('/') + 1);
        if (std::holds_alternative<Gone>(content)) {
            names.erase(name);
        } else {
            names.insert(std::move(name));
        }
    }
    return std::vector<std::string>(names.begin(), names.end());
}

Result<std::uint64_t> SupposedDisk::free_bytes(const std::string& path) {
    return real_.free_bytes(path);
}

}  // namespace millrace
