#include "api/http/tcp_stream.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>
#include <utility>

namespace millrace::http {

using boost::system::error_code;

TcpStream::TcpStream(TcpSocket socket) : socket_(std::move(socket)) {
    error_code ignored;  // a connection that is gone already is noticed by the first receive
    socket_.set_option(boost::asio::ip::tcp::no_delay(true), ignored);
}

void TcpStream::receive(std::span<char> room, StreamUser& user) {
    socket_.async_read_some(boost::asio::buffer(room.data(), room.size()),
                            [&user](const error_code& ec, std::size_t received) {
                                user.on_received(ec ? 0 : received);
                            });
}

std::optional<std::size_t> TcpStream::send_now(std::string_view bytes) {
    const auto sent =
        ::send(socket_.native_handle(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) return static_cast<std::size_t>(sent);
    if (errno == EAGAIN) return 0;
    return {};
}

void TcpStream::send(std::string_view bytes, StreamUser& user) {
    boost::asio::async_write(
        socket_, boost::asio::buffer(bytes.data(), bytes.size()),
        [&user](const error_code& ec, std::size_t /*sent*/) { user.on_sent(!ec); });
}

bool TcpStream::is_gone(std::uint64_t bytes) {
    pollfd socket{.fd = socket_.native_handle(), .events = POLLRDHUP, .revents = 0};
    if (::poll(&socket, 1, 0) <= 0) return false;
    if ((socket.revents & (POLLERR | POLLHUP | POLLNVAL)) != 0) return true;
    int here = 0;  // all that will ever come, as the client has ended its side
    if (::ioctl(socket.fd, FIONREAD, &here) != 0) return true;
    return static_cast<std::uint64_t>(here) < bytes;
}

void TcpStream::finish_sending() {
    error_code ignored;  // if the client is gone, the next receive says so
    socket_.shutdown(TcpSocket::shutdown_send, ignored);
}

void TcpStream::close() {
    error_code ignored;  // the descriptor is released in any case
    socket_.close(ignored);
}

}  // namespace millrace::http
