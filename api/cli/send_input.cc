#include "api/cli/send_input.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "api/cli/terminal.h"

namespace millrace::cli {

Result<SendInput> SendInput::open(const std::string& path) {
    if (path == "-") {
        TRY(check_standard_input());
        return SendInput(STDIN_FILENO, path);
    }
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat found {};
    if (descriptor < 0 || ::fstat(descriptor, &found) != 0 || S_ISDIR(found.st_mode)) {
        const std::string why = descriptor < 0 ? std::strerror(errno) : "it is a directory";
        if (descriptor >= 0) ::close(descriptor);
        return Error(Code::not_found, fmt::format("cannot read {}: {}", path, why));
    }
    return SendInput(descriptor, path);
}

SendInput::~SendInput() {
    if (descriptor_ > STDIN_FILENO) ::close(descriptor_);
}

SendInput::SendInput(SendInput&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), path_(std::move(other.path_)) {}

std::uint64_t SendInput::bytes() const {
    struct stat found {};
    if (::fstat(descriptor_, &found) != 0 || !S_ISREG(found.st_mode)) return 0;
    return static_cast<std::uint64_t>(found.st_size);
}

}  // namespace millrace::cli
