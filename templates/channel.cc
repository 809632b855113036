#include "templates/channel.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace millrace::templates {
namespace {

constexpr std::size_t kReadBytes = 64 << 10;
constexpr Milliseconds kAskEvery{100};  // whether to give up

Error gone() {
    return Error(Code::unavailable, "the other end of the channel is gone");
}

}  // namespace

Channel::~Channel() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

Channel::Channel(Channel&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      give_up_(std::move(other.give_up_)),
      received_(std::move(other.received_)) {}

Result<void> Channel::wait(short events, SteadyTime until) const {
    while (true) {
        if (give_up_ && give_up_()) return Error(Code::unavailable, "the service stops");
        auto left = std::chrono::ceil<Milliseconds>(until - std::chrono::steady_clock::now());
        if (left.count() <= 0) {
            return Error(Code::overloaded, "the other end of the channel is slow");
        }
        if (give_up_) left = std::min(left, kAskEvery);
        pollfd wanted{.fd = descriptor_, .events = events, .revents = 0};
        const int ready =
            ::poll(&wanted, 1, static_cast<int>(std::min<std::int64_t>(left.count(), 1 << 30)));
        if (ready > 0) return {};
        if (ready < 0 && errno != EINTR) return gone();
    }
}

Result<void> Channel::send(FrameKind kind, std::string_view payload, Milliseconds at_most) {
    const auto frame = encode_frame(kind, payload);
    std::string_view rest = frame;
    std::optional<SteadyTime> until;
    while (!rest.empty()) {
        const auto sent = ::send(descriptor_, rest.data(), rest.size(), MSG_NOSIGNAL);
        if (sent >= 0) {
            rest.remove_prefix(static_cast<std::size_t>(sent));
            continue;
        }
        if (errno == EINTR) continue;
        if (errno != EAGAIN) return gone();
        if (!until) until = std::chrono::steady_clock::now() + at_most;
        TRY(wait(POLLOUT, *until));
    }
    return {};
}

Result<Frame> Channel::receive(std::uint64_t bytes_max, Milliseconds at_most) {
    std::optional<SteadyTime> until;
    while (true) {
        auto wanted = kFrameHeadBytes;
        std::optional<FrameHead> head;
        if (received_.size() >= kFrameHeadBytes) {
            TRY_ASSIGN(head,
                       decode_frame_head(std::string_view(received_).substr(0, kFrameHeadBytes)));
            if (head->payload_bytes > bytes_max) {
                return Error(Code::corrupt, "a frame of a template worker is too large");
            }
            wanted += head->payload_bytes;
            if (received_.size() == wanted) {
                Frame frame{.kind = head->kind, .payload = received_.substr(kFrameHeadBytes)};
                received_.clear();
                return frame;
            }
        }
        const auto before = received_.size();
        const auto room = std::min(wanted - before, kReadBytes);
        received_.resize(before + room);
        const auto got = ::recv(descriptor_, received_.data() + before, room, 0);
        const int failure = errno;
        received_.resize(before + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
        if (got > 0 || (got < 0 && failure == EINTR)) continue;
        if (got == 0 || failure != EAGAIN) return gone();
        if (!until) until = std::chrono::steady_clock::now() + at_most;
        TRY(wait(POLLIN, *until));
    }
}

}  // namespace millrace::templates
