#include "api/http/proxied_connection.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <exception>
#include <utility>

namespace millrace::http {

using boost::system::error_code;

ProxiedConnection::ProxiedConnection(ConnectionHost& host, TcpSocket socket,
                                     boost::asio::ip::address peer, const Heard& heard)
    : HostedConnection(nullptr),  // a proxy has no share: it speaks for many
      host_(host),
      socket_(std::move(socket)),
      peer_(std::move(peer)),
      heard_(heard) {}

template <typename Step>
void ProxiedConnection::guarded(Step step) {
    try {
        step();
    } catch (const std::exception& exception) {
        host_.door().failed(exception);
        close();
    }
    settle();
}

void ProxiedConnection::start() {
    host_.watch(*this, ConnectionHost::Deadline::head);
    guarded([this] { wait(); });
}

void ProxiedConnection::wait() {
    is_waiting_ = true;
    socket_.async_wait(TcpSocket::wait_read, [this](const error_code& ec) {
        is_waiting_ = false;
        guarded([this, &ec] {
            if (is_ended_) return;
            ec ? end() : read();
        });
    });
}

// The bytes are looked at first, as only those of the head are to be taken.
void ProxiedConnection::read() {
    std::array<char, 512> room;
    const auto here =
        ::recv(socket_.native_handle(), room.data(), room.size(), MSG_PEEK | MSG_DONTWAIT);
    if (here < 0 && (errno == EAGAIN || errno == EINTR)) return wait();
    if (here <= 0) return end();
    const auto taken = head_.take({room.data(), static_cast<std::size_t>(here)});
    if (::recv(socket_.native_handle(), room.data(), taken, MSG_DONTWAIT) !=
        static_cast<ssize_t>(taken)) {
        return end();
    }
    if (head_.state() == ProxyHead::State::open) return wait();
    end();
}

void ProxiedConnection::end() {
    if (is_ended_) return;
    is_ended_ = true;
    host_.unwatch(*this);
    heard_(*this);
    close();
}

void ProxiedConnection::close() {
    is_ended_ = true;
    host_.unwatch(*this);
    error_code ignored;  // the descriptor is released in any case
    socket_.close(ignored);
}

void ProxiedConnection::expire(ConnectionHost::Deadline /*kind*/) {
    guarded([this] { end(); });
}

void ProxiedConnection::stop_when_idle() {
    guarded([this] { close(); });
}

void ProxiedConnection::abort() {
    guarded([this] { close(); });
}

// Last in every entry from outside: the connection may be deleted here.
void ProxiedConnection::settle() {
    if (is_ended_ && !is_waiting_) host_.forget(*this);
}

}  // namespace millrace::http
