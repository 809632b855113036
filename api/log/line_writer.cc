#include "api/log/line_writer.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>

namespace millrace::log {
namespace {

int open_again(int descriptor) {
    const auto path = "/proc/self/fd/" + std::to_string(descriptor);
    return ::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

bool takes_bytes(int descriptor) {
    pollfd waiting{.fd = descriptor, .events = POLLOUT, .revents = 0};
    return ::poll(&waiting, 1, 0) == 1 && (waiting.revents & POLLOUT) != 0;
}

}  // namespace

LineWriter::LineWriter(int descriptor) : descriptor_(descriptor) {
    struct stat status {};
    if (::fstat(descriptor, &status) != 0) return;
    if (S_ISSOCK(status.st_mode)) kind_ = Kind::socket;
    if (!S_ISFIFO(status.st_mode) && !S_ISCHR(status.st_mode)) return;
    const int again = open_again(descriptor);
    kind_ = again >= 0 ? Kind::opened_again : Kind::shared;
    if (again >= 0) descriptor_ = again;
}

LineWriter::~LineWriter() {
    if (kind_ == Kind::opened_again) ::close(descriptor_);
}

std::int64_t LineWriter::write_some(std::string_view text) {
    for (;;) {
        std::int64_t count = -1;
        switch (kind_) {
            case Kind::file:
            case Kind::opened_again:
                count = ::write(descriptor_, text.data(), text.size());
                break;
            case Kind::socket:
                count = ::send(descriptor_, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
                break;
            case Kind::shared:
                if (!takes_bytes(descriptor_)) return -1;
                count = ::write(descriptor_, text.substr(0, PIPE_BUF).data(),
                                text.substr(0, PIPE_BUF).size());
                break;
        }
        if (count >= 0 || errno != EINTR) return count;
    }
}

bool LineWriter::write_rest() {
    while (!rest_.empty()) {
        const auto count = write_some(rest_);
        if (count <= 0) return false;
        rest_.erase(0, static_cast<std::size_t>(count));
    }
    return true;
}

bool LineWriter::write(std::string_view line) {
    if (line.empty()) return true;
    const auto count = write_rest() ? write_some(line) : -1;
    if (count <= 0) return false;
    rest_ = line.substr(static_cast<std::size_t>(count));
    write_rest();
    return true;
}

}  // namespace millrace::log
