#include "storage/os/write_trial.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <string_view>
#include <system_error>

#include "core/ports/disk.h"
#include "storage/os/posix_error.h"

namespace millrace::os {
namespace {

// What a file system gives a file at least: one that has no block left must refuse it.
constexpr std::size_t kTrialBytes = 4096;

bool is_no_space(int why) {
    return why == ENOSPC || why == EDQUOT;
}

std::string_view remedy_of(int why) {
    if (is_no_space(why)) return "make room on its disk";
    if (why == EROFS) return "its disk is mounted to be read only";
    if (why == ENOENT) return "is its disk mounted?";
    if (why == EMFILE || why == ENFILE) return "raise the limit of file descriptors";
    return "give it to the user of the service";
}

Error cannot_write(const std::string& directory, int why) {
    return Error(Code::unavailable,
                 fmt::format("{} cannot be written to ({}); {}", directory,
                             std::generic_category().message(why), remedy_of(why)))
        .named(is_no_space(why) ? kNoSpace : std::string_view());
}

// 0: it is written. Else the reason.
int write_durably(int file) {
    static constexpr std::array<char, kTrialBytes> kBytes{};
    const auto count =
        retry_interrupted([&] { return ::write(file, kBytes.data(), kBytes.size()); });
    if (count < 0) return errno;
    if (static_cast<std::size_t>(count) < kBytes.size()) return ENOSPC;
    return retry_interrupted([&] { return ::fsync(file); }) == 0 ? 0 : errno;
}

}  // namespace

Result<void> try_writing(const std::string& directory) {
    // Trials of several threads have their own; what a killed process left is written over.
    static std::atomic<std::uint64_t> trials{0};
    const auto path = fmt::format("{}/.millrace-check-{}-{}", directory, ::getpid(), ++trials);
    const Descriptor file(retry_interrupted([&] {
        return ::open(path.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0600);
    }));
    if (!file.ok()) return cannot_write(directory, errno);
    const int why = write_durably(file.get());
    ::unlink(path.c_str());
    if (why != 0) return cannot_write(directory, why);
    return {};
}

}  // namespace millrace::os
