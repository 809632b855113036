#include "storage/os/private_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <system_error>

#include "storage/os/posix_error.h"

namespace millrace::os {
namespace {

namespace fs = std::filesystem;

mode_t mode_of(FileAccess access) {
    switch (access) {
        case FileAccess::owner:
            return 0600;
        case FileAccess::group:
            return 0640;
    }
    return 0600;
}

// ok if `path` is a regular file, not_found if nothing is there.
Result<void> require_regular(const std::string& path) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0) return error_from(errno, "stat", path);
    if (S_ISREG(status.st_mode)) return {};
    return Error(Code::invalid,
                 fmt::format("\"{}\" is there and not a regular file; it is left alone", path));
}

bool is_absent(const Result<void>& result) {
    return !result.ok() && result.error().code() == Code::not_found;
}

Result<void> write_all(int fd, std::string_view content, const std::string& path) {
    while (!content.empty()) {
        const auto count =
            retry_interrupted([&] { return ::write(fd, content.data(), content.size()); });
        if (count < 0) return error_from(errno, "write", path);
        content.remove_prefix(static_cast<std::size_t>(count));
    }
    if (retry_interrupted([&] { return ::fsync(fd); }) != 0) {
        return sync_error_from(errno, "fsync", path);
    }
    return {};
}

Result<void> write_new(const std::string& path, std::string_view content, FileAccess access) {
    auto leftover = remove_file(path);
    if (!leftover.ok() && !is_absent(leftover)) return leftover;
    Descriptor descriptor(retry_interrupted([&] {
        return ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                      mode_of(access));
    }));
    if (!descriptor.ok()) return error_from(errno, "open", path);
    auto written = write_all(descriptor.get(), content, path);
    if (!written.ok()) ::unlink(path.c_str());
    return written;
}

Result<void> sync_directory_of(const std::string& path) {
    const auto parent = fs::path(path).parent_path().string();
    const auto directory = parent.empty() ? std::string(".") : parent;
    Descriptor descriptor(retry_interrupted(
        [&] { return ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); }));
    if (!descriptor.ok()) return sync_error_from(errno, "open directory", directory);
    if (retry_interrupted([&] { return ::fsync(descriptor.get()); }) != 0) {
        return sync_error_from(errno, "fsync directory", directory);
    }
    return {};
}

// What the mode should be; the file that is open is the one that was looked at.
void restrict_file(const fs::path& path, mode_t allowed, Restricted& result) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return;
    if ((status.st_mode & 0777 & ~allowed) == 0) return;
    const Descriptor descriptor(
        ::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    const bool done = descriptor.ok() && ::fstat(descriptor.get(), &status) == 0 &&
                      ::fchmod(descriptor.get(), status.st_mode & allowed) == 0;
    ++(done ? result.files : result.failed);
    if (result.example.empty() || !done) result.example = path.string();
}

}  // namespace

Result<void> replace_file(const std::string& path, std::string_view content, FileAccess access) {
    auto regular = require_regular(path);
    if (!regular.ok() && !is_absent(regular)) return regular;
    const auto temporary = path + ".tmp";
    TRY(write_new(temporary, content, access));
    if (::rename(temporary.c_str(), path.c_str()) != 0) {
        const int number = errno;
        ::unlink(temporary.c_str());
        return error_from(number, "rename", fmt::format("{} to {}", temporary, path));
    }
    return sync_directory_of(path);
}

Result<void> remove_file(const std::string& path) {
    TRY(require_regular(path));
    if (::unlink(path.c_str()) != 0) return error_from(errno, "remove", path);
    return {};
}

Result<std::string> read_small_file(const std::string& path, std::size_t bytes_max) {
    const Descriptor descriptor(
        retry_interrupted([&] { return ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC); }));
    if (!descriptor.ok()) return error_from(errno, "open", path);
    struct stat status {};
    if (::fstat(descriptor.get(), &status) != 0) return error_from(errno, "stat", path);
    if (!S_ISREG(status.st_mode)) {
        return Error(Code::invalid, fmt::format("\"{}\" is not a regular file", path));
    }
    std::string content(bytes_max + 1, '\0');
    std::size_t size = 0;
    while (size < content.size()) {
        const auto count = retry_interrupted(
            [&] { return ::read(descriptor.get(), content.data() + size, content.size() - size); });
        if (count < 0) return error_from(errno, "read", path);
        if (count == 0) break;
        size += static_cast<std::size_t>(count);
    }
    if (size > bytes_max) {
        return Error(Code::invalid, fmt::format("\"{}\" is larger than {} bytes", path, bytes_max));
    }
    content.resize(size);
    return content;
}

void restrict_files(const std::string& path, FileAccess access, Restricted& result) {
    const auto allowed = mode_of(access);
    restrict_file(path, allowed, result);
    std::error_code failure;
    if (fs::is_symlink(path, failure)) return;
    fs::recursive_directory_iterator entry(path, fs::directory_options::skip_permission_denied,
                                           failure);
    for (const fs::recursive_directory_iterator end; !failure && entry != end;
         entry.increment(failure)) {
        restrict_file(entry->path(), allowed, result);
    }
}

}  // namespace millrace::os
