#include "storage/os/posix_error.h"

#include <fmt/format.h>
#include <unistd.h>

#include <string>
#include <system_error>

#include "core/ports/disk.h"

namespace millrace::os {
namespace {

std::string text_of(int number, std::string_view operation, std::string_view path) {
    return fmt::format("{} {}: {}", operation, path, std::generic_category().message(number));
}

Code code_of(int number) {
    if (number == ENOENT) return Code::not_found;
    if (number == EEXIST) return Code::conflict;
    return Code::unavailable;
}

bool is_no_space(int number) {
    return number == ENOSPC || number == EDQUOT;
}

std::string_view name_of(int number) {
    if (is_no_space(number)) return kNoSpace;
    switch (number) {
        case EMFILE:
        case ENFILE:
        case ENOMEM:
            return kNoDescriptors;
        default:
            return {};
    }
}

}  // namespace

Error error_from(int number, std::string_view operation, std::string_view path) {
    return Error(code_of(number), text_of(number, operation, path)).named(name_of(number));
}

Error sync_error_from(int number, std::string_view operation, std::string_view path) {
    return Error(Code::unknown_outcome, text_of(number, operation, path))
        .named(is_no_space(number) ? kNoSpace : std::string_view());
}

Descriptor::~Descriptor() {
    // The result says nothing: what must be on disk was synced, and Linux closes even on EINTR.
    if (fd_ >= 0) ::close(fd_);
}

}  // namespace millrace::os
