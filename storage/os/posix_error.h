#pragma once
// The one translation of errno into our errors, and the one owner of a file descriptor.

#include <cerrno>
#include <string_view>
#include <utility>

#include "core/base/error.h"

namespace millrace::os {

// ENOENT is not_found, EEXIST is conflict, all else unavailable, named as core/ports/disk.h has it;
// "open /x/y: No space left on device". `number` is an errno value.
Error error_from(int number, std::string_view operation, std::string_view path);

// unknown_outcome, whatever the reason: a failed sync may have written any part of what it covers.
Error sync_error_from(int number, std::string_view operation, std::string_view path);

// Closes its descriptor at the end of its life. -1 is none.
class Descriptor {
public:
    explicit Descriptor(int fd) : fd_(fd) {}
    Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~Descriptor();

    int get() const { return fd_; }
    bool ok() const { return fd_ >= 0; }

private:
    int fd_;
};

// Repeats a system call that a signal interrupted.
template <typename Call>
auto retry_interrupted(Call&& call) {
    for (;;) {
        const auto result = call();
        if (result >= 0 || errno != EINTR) return result;
    }
}

}  // namespace millrace::os
