#include "api/app/service_manager.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>

#include "storage/os/posix_error.h"

namespace millrace {

ServiceManager ServiceManager::of_environment() {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing sets any
    const char* const socket = std::getenv("NOTIFY_SOCKET");
    return ServiceManager(socket != nullptr ? socket : "");
}

Result<void> ServiceManager::tell(std::string_view state) const {
    if (socket_.empty()) return {};
    sockaddr_un address = {};
    if ((socket_[0] != '/' && socket_[0] != '@') || socket_.size() >= sizeof address.sun_path) {
        return Error(Code::invalid, "NOTIFY_SOCKET names no socket: " + socket_);
    }
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, socket_.data(), socket_.size());
    if (socket_[0] == '@') address.sun_path[0] = '\0';
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());

    const os::Descriptor sender(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!sender.ok()) return os::error_from(errno, "socket", socket_);
    const auto sent = os::retry_interrupted([&] {
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): as socket addresses are
        return ::sendto(sender.get(), state.data(), state.size(), MSG_NOSIGNAL,
                        reinterpret_cast<const sockaddr*>(&address), length);
    });
    if (sent < 0) return os::error_from(errno, "send to", socket_);
    return {};
}

}  // namespace millrace
