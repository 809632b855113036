#include "storage/os/posix_disk.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <limits>
#include <utility>

#include "storage/os/posix_error.h"

namespace millrace::os {
namespace {

constexpr mode_t kFileMode = 0640;
constexpr mode_t kDirectoryMode = 0750;
constexpr std::size_t kDurableMax = 100'000;
constexpr std::uint64_t kWriteOutBytes = 8 << 20;

class PosixFile : public DiskFile {
public:
    PosixFile(Descriptor descriptor, std::string path)
        : descriptor_(std::move(descriptor)), path_(std::move(path)) {}

    Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> buffer) override {
        std::size_t done = 0;
        while (done < buffer.size()) {
            const auto count = retry_interrupted([&] {
                return ::pread(descriptor_.get(), buffer.data() + done, buffer.size() - done,
                               static_cast<off_t>(offset + done));
            });
            if (count < 0) return error_from(errno, "read", path_);
            if (count == 0) break;  // the end
            done += static_cast<std::size_t>(count);
        }
        return done;
    }

    Result<void> write_at(std::uint64_t offset, std::span<const std::byte> bytes) override {
        std::size_t done = 0;
        while (done < bytes.size()) {
            const auto count = retry_interrupted([&] {
                return ::pwrite(descriptor_.get(), bytes.data() + done, bytes.size() - done,
                                static_cast<off_t>(offset + done));
            });
            if (count < 0) return error_from(errno, "write", path_);
            done += static_cast<std::size_t>(count);
        }
        write_out(offset, bytes.size());
        return {};
    }

    Result<void> sync_data() override {
        // An interrupted call has not consumed the file's write-back error: the next one reports
        // it.
        if (retry_interrupted([&] { return ::fdatasync(descriptor_.get()); }) != 0) {
            return sync_error_from(errno, "fdatasync", path_);
        }
        if (write_back_errno_ != 0) {
            return sync_error_from(write_back_errno_, "write back", path_);
        }
        run_begin_ = run_end_;
        return {};
    }

    Result<std::uint64_t> size() override {
        struct stat status {};
        if (::fstat(descriptor_.get(), &status) != 0) return error_from(errno, "stat", path_);
        return static_cast<std::uint64_t>(status.st_size);
    }

    Result<void> truncate(std::uint64_t size) override {
        if (retry_interrupted(
                [&] { return ::ftruncate(descriptor_.get(), static_cast<off_t>(size)); }) != 0) {
            return error_from(errno, "truncate", path_);
        }
        return {};
    }

    Result<void> allocate(std::uint64_t size) override {
        if (retry_interrupted([&] {
                return ::fallocate(descriptor_.get(), 0, 0, static_cast<off_t>(size));
            }) != 0) {
            return error_from(errno, "allocate", path_);
        }
        return {};
    }

private:
    // Of a large file that is written from its begin to its end the disk gets the first bytes while
    // the next ones come, so that its sync, and that of every other file, has little to wait for.
    void write_out(std::uint64_t offset, std::uint64_t bytes) {
        if (offset != run_end_) run_begin_ = offset;
        run_end_ = offset + bytes;
        if (run_end_ - run_begin_ < kWriteOutBytes) return;
        await_write_back();
        give_range(run_begin_, run_end_, SYNC_FILE_RANGE_WRITE);
        under_way_begin_ = run_begin_;
        under_way_end_ = run_end_;
        run_begin_ = run_end_;
    }

    // The kernel tells an error of the disk once for each open file. Here it is not the sync that
    // hears of it, so it is kept for every sync that follows.
    void await_write_back() {
        if (under_way_begin_ == under_way_end_) return;
        if (give_range(under_way_begin_, under_way_end_, SYNC_FILE_RANGE_WAIT_BEFORE) == 0) return;
        if (errno == EIO || errno == ENOSPC || errno == EDQUOT) write_back_errno_ = errno;
    }

    int give_range(std::uint64_t begin, std::uint64_t end, unsigned flags) {
        return retry_interrupted([&] {
            return ::sync_file_range(descriptor_.get(), static_cast<off_t>(begin),
                                     static_cast<off_t>(end - begin), flags);
        });
    }

    Descriptor descriptor_;
    const std::string path_;
    // Written one behind the other, and neither synced nor given to the disk yet.
    std::uint64_t run_begin_ = 0;
    std::uint64_t run_end_ = 0;
    // Given to the disk last.
    std::uint64_t under_way_begin_ = 0;
    std::uint64_t under_way_end_ = 0;
    int write_back_errno_ = 0;
};

class PosixDirectory : public DiskDirectory {
public:
    PosixDirectory(Descriptor descriptor, std::string path)
        : descriptor_(std::move(descriptor)), path_(std::move(path)) {}

    Result<void> sync() override {
        if (retry_interrupted([&] { return ::fsync(descriptor_.get()); }) == 0) return {};
        return sync_error_from(errno, "fsync directory", path_);
    }

private:
    Descriptor descriptor_;
    const std::string path_;
};

int flags_of(Disk::Open mode) {
    switch (mode) {
        case Disk::Open::existing:
            return O_RDWR | O_CLOEXEC;
        case Disk::Open::create_new:
            return O_RDWR | O_CLOEXEC | O_CREAT | O_EXCL;
        case Disk::Open::create:
            return O_RDWR | O_CLOEXEC | O_CREAT;
    }
    return O_RDWR | O_CLOEXEC;
}

std::string parent_of(const std::string& path) {
    const auto slash = path.find_last_of('/');
    if (slash == std::string::npos) return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

bool is_directory(const std::string& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

}  // namespace

Result<std::unique_ptr<DiskFile>> PosixDisk::open(const std::string& path, Open mode) {
    Descriptor descriptor(
        retry_interrupted([&] { return ::open(path.c_str(), flags_of(mode), kFileMode); }));
    if (!descriptor.ok()) return error_from(errno, "open", path);
    return std::unique_ptr<DiskFile>(std::make_unique<PosixFile>(std::move(descriptor), path));
}

Result<void> PosixDisk::rename(const std::string& from, const std::string& to) {
    if (::rename(from.c_str(), to.c_str()) != 0) {
        return error_from(errno, "rename", fmt::format("{} to {}", from, to));
    }
    return {};
}

Result<void> PosixDisk::remove(const std::string& path) {
    if (std::remove(path.c_str()) != 0) return error_from(errno, "remove", path);
    return {};
}

Result<void> PosixDisk::make_directories(const std::string& path) {
    for (std::size_t end = 0; end != std::string::npos;) {
        end = path.find('/', end + 1);
        const auto directory = path.substr(0, end);
        if (directory.empty() || directory == "/" || directory.back() == '/') continue;

        if (::mkdir(directory.c_str(), kDirectoryMode) == 0) {
            durable_.with([&](auto& durable) { durable.erase(directory); });
        } else {
            const int number = errno;
            if (!is_directory(directory)) return error_from(number, "mkdir", directory);
            // Where we may not write, it was not one of us who made it and died before the sync.
            if (::access(parent_of(directory).c_str(), R_OK | W_OK) != 0) continue;
        }
        TRY(sync_parent_once(directory));
    }
    return {};
}

Result<void> PosixDisk::sync_parent_once(const std::string& directory) {
    if (durable_.with([&](const auto& durable) { return durable.contains(directory); })) return {};
    TRY(sync_directory(parent_of(directory)));
    durable_.with([&](auto& durable) {
        if (durable.size() >= kDurableMax) durable.clear();  // costs a sync each, nothing else
        durable.insert(directory);
    });
    return {};
}

Result<std::unique_ptr<DiskDirectory>> PosixDisk::open_directory(const std::string& path) {
    Descriptor descriptor(retry_interrupted(
        [&] { return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); }));
    if (!descriptor.ok()) return error_from(errno, "open directory", path);
    return std::unique_ptr<DiskDirectory>(
        std::make_unique<PosixDirectory>(std::move(descriptor), path));
}

Result<void> PosixDisk::sync_directory(const std::string& path) {
    TRY_ASSIGN(const auto directory, open_directory(path));
    return directory->sync();
}

Result<std::vector<std::string>> PosixDisk::list(const std::string& path) {
    const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir(path.c_str()), ::closedir);
    if (!directory) return error_from(errno, "list", path);

    std::vector<std::string> names;
    for (;;) {
        errno = 0;  // readdir() tells its end from its failure only by this
        const dirent* entry = ::readdir(directory.get());
        if (entry == nullptr) break;
        std::string name(static_cast<const char*>(entry->d_name));
        if (name != "." && name != "..") names.push_back(std::move(name));
    }
    if (errno != 0) return error_from(errno, "list", path);
    std::sort(names.begin(), names.end());
    return names;
}

Result<std::uint64_t> PosixDisk::free_bytes(const std::string& path) {
    struct statvfs status {};
    if (retry_interrupted([&] { return ::statvfs(path.c_str(), &status); }) != 0) {
        return error_from(errno, "statvfs", path);
    }
    return static_cast<std::uint64_t>(status.f_bavail) * status.f_frsize;  // without root's reserve
}

}  // namespace millrace::os
