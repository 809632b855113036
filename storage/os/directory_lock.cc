#include "storage/os/directory_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <string_view>
#include <utility>

namespace millrace::os {
namespace {

constexpr mode_t kMode = 0640;

// "process 123", or "another process" while the holder has not yet written his pid.
std::string holder_of(int fd) {
    std::array<char, 24> buffer{};
    const auto count =
        retry_interrupted([&] { return ::pread(fd, buffer.data(), buffer.size(), 0); });
    const std::string_view text(buffer.data(), count < 0 ? 0 : static_cast<std::size_t>(count));
    const auto pid = text.substr(0, text.find('\n'));
    const bool is_number =
        !pid.empty() && pid.find_first_not_of("0123456789") == std::string_view::npos;
    return is_number ? fmt::format("process {}", pid) : "another process";
}

}  // namespace

Result<DirectoryLock> DirectoryLock::acquire(const std::string& directory) {
    const auto path = directory + "/lock";
    Descriptor descriptor(retry_interrupted(
        [&] { return ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kMode); }));
    if (!descriptor.ok()) return error_from(errno, "open", path);

    if (retry_interrupted([&] { return ::flock(descriptor.get(), LOCK_EX | LOCK_NB); }) != 0) {
        if (errno != EWOULDBLOCK) return error_from(errno, "lock", path);
        return Error(Code::conflict,
                     fmt::format("{} is in use by {}", directory, holder_of(descriptor.get())));
    }

    const auto pid = fmt::format("{}\n", ::getpid());
    if (::ftruncate(descriptor.get(), 0) != 0) return error_from(errno, "truncate", path);
    const auto written =
        retry_interrupted([&] { return ::pwrite(descriptor.get(), pid.data(), pid.size(), 0); });
    // On a full disk the lock holds without it.
    if (written < 0 && errno != ENOSPC) return error_from(errno, "write", path);
    return DirectoryLock(std::move(descriptor));
}

}  // namespace millrace::os
