#include "storage/os/nameless_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdlib.h>
#include <unistd.h>

#include <utility>

namespace millrace::os {
namespace {

constexpr mode_t kMode = 0600;
constexpr std::string_view kSuffix = ".tmp";

Descriptor open_with_name(const std::string& directory) {
    auto path = fmt::format("{}/body-XXXXXX{}", directory, kSuffix);
    Descriptor descriptor(
        ::mkostemps(path.data(), static_cast<int>(kSuffix.size()), O_CLOEXEC | O_APPEND));
    if (descriptor.ok()) ::unlink(path.c_str());
    return descriptor;
}

}  // namespace

Result<NamelessFile> NamelessFile::create(const std::string& directory) {
    Descriptor descriptor(retry_interrupted([&] {
        return ::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC | O_APPEND, kMode);
    }));
    // The last two are what old kernels and some file systems say.
    const bool is_not_there = errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL;
    if (!descriptor.ok() && is_not_there) descriptor = open_with_name(directory);
    if (!descriptor.ok()) return error_from(errno, "open a file in", directory);
    return NamelessFile(std::move(descriptor), directory);
}

Result<void> NamelessFile::append(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto count = retry_interrupted(
            [&] { return ::write(descriptor_.get(), bytes.data(), bytes.size()); });
        if (count < 0) return error_from(errno, "write a file in", directory_);
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return {};
}

std::string NamelessFile::path() const {
    return fmt::format("/proc/self/fd/{}", descriptor_.get());
}

}  // namespace millrace::os
