#include "tests/support/memory_disk.h"

#include <algorithm>
#include <cstring>

namespace millrace::testing_support {
namespace {

Error no_such(const std::string& path) {
    return Error(Code::not_found, path + ": no such file");
}

std::string parent_of(const std::string& path) {
    const auto slash = path.rfind('/');
    return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

class MemoryFile : public DiskFile {
public:
    MemoryFile(MemoryDisk& disk, std::shared_ptr<MemoryDisk::Bytes> bytes)
        : disk_(disk), bytes_(std::move(bytes)) {}

    Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> buffer) override {
        TRY(disk_.operation(Code::unavailable));
        return bytes_->with([&](const std::string& bytes) -> std::size_t {
            if (offset >= bytes.size()) return 0;
            const auto count = std::min<std::size_t>(buffer.size(), bytes.size() - offset);
            std::memcpy(buffer.data(), bytes.data() + offset, count);
            return count;
        });
    }

    Result<void> write_at(std::uint64_t offset, std::span<const std::byte> added) override {
        TRY(disk_.operation(Code::unavailable));
        bytes_->with([&](std::string& bytes) {
            bytes.resize(std::max<std::size_t>(bytes.size(), offset + added.size()));
            if (!added.empty()) std::memcpy(bytes.data() + offset, added.data(), added.size());
        });
        return {};
    }

    Result<void> sync_data() override { return disk_.operation(Code::unknown_outcome); }

    Result<std::uint64_t> size() override {
        TRY(disk_.operation(Code::unavailable));
        return bytes_->with([](const std::string& bytes) { return std::uint64_t{bytes.size()}; });
    }

    Result<void> truncate(std::uint64_t size) override {
        TRY(disk_.operation(Code::unavailable));
        bytes_->with([&](std::string& bytes) { bytes.resize(size); });
        return {};
    }

    Result<void> allocate(std::uint64_t size) override {
        TRY(disk_.operation(Code::unavailable));
        bytes_->with(
            [&](std::string& bytes) { bytes.resize(std::max<std::size_t>(bytes.size(), size)); });
        return {};
    }

private:
    MemoryDisk& disk_;
    std::shared_ptr<MemoryDisk::Bytes> bytes_;
};

class MemoryDirectory : public DiskDirectory {
public:
    MemoryDirectory(MemoryDisk& disk, std::string path) : disk_(disk), path_(std::move(path)) {}

    Result<void> sync() override { return disk_.sync_directory(path_); }

private:
    MemoryDisk& disk_;
    const std::string path_;
};

}  // namespace

Result<void> MemoryDisk::operation(Code fault) {
    return state_.with([&](State& state) -> Result<void> {
        if (!state.fail_after) return {};
        if (*state.fail_after > 0) {
            --*state.fail_after;
            return {};
        }
        state.fail_after.reset();
        state.fault_fired = true;
        return Error(fault, "injected fault");
    });
}

Result<std::unique_ptr<DiskFile>> MemoryDisk::open(const std::string& path, Open mode) {
    TRY(operation(Code::unavailable));
    return state_.with([&](State& state) -> Result<std::unique_ptr<DiskFile>> {
        auto found = state.files.find(path);
        if (found != state.files.end() && mode == Open::create_new) {
            return Error(Code::conflict, path + ": exists");
        }
        if (found == state.files.end()) {
            if (mode == Open::existing || !state.directories.contains(parent_of(path))) {
                return no_such(path);
            }
            found = state.files.emplace(path, std::make_shared<Bytes>()).first;
        }
        return std::unique_ptr<DiskFile>(std::make_unique<MemoryFile>(*this, found->second));
    });
}

Result<void> MemoryDisk::rename(const std::string& from, const std::string& to) {
    TRY(operation(Code::unavailable));
    return state_.with([&](State& state) -> Result<void> {
        const auto found = state.files.find(from);
        if (found == state.files.end()) return no_such(from);
        state.files[to] = found->second;
        state.files.erase(from);
        return {};
    });
}

Result<void> MemoryDisk::remove(const std::string& path) {
    TRY(operation(Code::unavailable));
    return state_.with([&](State& state) -> Result<void> {
        if (state.files.erase(path) > 0) return {};
        if (!state.directories.contains(path)) return no_such(path);
        const auto inside = [&](const std::string& name) { return name.starts_with(path + "/"); };
        if (std::any_of(state.directories.begin(), state.directories.end(), inside) ||
            std::any_of(state.files.begin(), state.files.end(),
                        [&](const auto& file) { return inside(file.first); })) {
            return Error(Code::unavailable, path + ": directory not empty");
        }
        state.directories.erase(path);
        return {};
    });
}

Result<void> MemoryDisk::make_directories(const std::string& path) {
    TRY(operation(Code::unavailable));
    state_.with([&](State& state) {
        for (auto part = path; !part.empty(); part = parent_of(part))
            state.directories.insert(part);
    });
    return {};
}

Result<std::unique_ptr<DiskDirectory>> MemoryDisk::open_directory(const std::string& path) {
    TRY(operation(Code::unavailable));
    return std::unique_ptr<DiskDirectory>(std::make_unique<MemoryDirectory>(*this, path));
}

Result<void> MemoryDisk::sync_directory(const std::string&) {
    return operation(Code::unknown_outcome);
}

Result<std::vector<std::string>> MemoryDisk::list(const std::string& path) {
    TRY(operation(Code::unavailable));
    return state_.with([&](State& state) -> Result<std::vector<std::string>> {
        if (!state.directories.contains(path)) return no_such(path);
        if (state.unreadable.contains(path)) {
            return Error(Code::unavailable, path + ": permission denied");
        }
        std::set<std::string> names;
        const auto add = [&](const std::string& name) {
            if (parent_of(name) == path) names.insert(name.substr(path.size() + 1));
        };
        for (const auto& [name, bytes] : state.files) add(name);
        for (const auto& name : state.directories) add(name);
        return std::vector<std::string>(names.begin(), names.end());
    });
}

Result<std::uint64_t> MemoryDisk::free_bytes(const std::string&) {
    return std::uint64_t{1} << 40;
}

void MemoryDisk::fail_after(int operations) {
    state_.with([&](State& state) {
        state.fail_after = operations;
        state.fault_fired = false;
    });
}

bool MemoryDisk::fault_fired() const {
    return state_.with([](const State& state) { return state.fault_fired; });
}

void MemoryDisk::make_unreadable(const std::string& directory) {
    state_.with([&](State& state) { state.unreadable.insert(directory); });
}

std::vector<std::string> MemoryDisk::files() const {
    return state_.with([](const State& state) {
        std::vector<std::string> names;
        for (const auto& [name, bytes] : state.files) names.push_back(name);
        return names;
    });
}

std::vector<std::string> MemoryDisk::directories() const {
    return state_.with([](const State& state) {
        return std::vector<std::string>(state.directories.begin(), state.directories.end());
    });
}

std::optional<std::string> MemoryDisk::content(const std::string& path) const {
    return state_.with([&](const State& state) -> std::optional<std::string> {
        const auto found = state.files.find(path);
        if (found == state.files.end()) return std::nullopt;
        return found->second->with([](const std::string& bytes) { return bytes; });
    });
}

void MemoryDisk::set_content(const std::string& path, std::string bytes) {
    state_.with([&](State& state) {
        for (auto part = parent_of(path); !part.empty(); part = parent_of(part)) {
            state.directories.insert(part);
        }
        state.files[path] = std::make_shared<Bytes>(std::move(bytes));
    });
}

}  // namespace millrace::testing_support
