#pragma once
// RawClient: a TCP connection that sends bytes as they are and reads answers, for tests of bad
// input.

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace millrace {

struct RawAnswer {
    int status = 0;  // 0: the connection ended before an answer
    std::string head;
    std::string body;

    bool has(std::string_view text) const { return head.find(text) != std::string::npos; }
};

class RawClient {
public:
    // `receive_bytes`: room for answers that are not read yet; 0 leaves it to the kernel.
    explicit RawClient(std::uint16_t port, int receive_bytes = 0)
        : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
        if (receive_bytes > 0) {
            ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof(receive_bytes));
        }
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        const int on = 1;
        ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
        const timeval patience{.tv_sec = 20, .tv_usec = 0};  // a hanging server fails the test
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
        ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
        EXPECT_EQ(::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    }
    ~RawClient() { close(); }
    RawClient(const RawClient&) = delete;
    RawClient& operator=(const RawClient&) = delete;

    // False if the server has closed before all was sent; the answer tells why.
    bool send(std::string_view bytes) {
        while (!bytes.empty()) {
            const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent <= 0) return false;
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }
    void send_byte_by_byte(std::string_view bytes) {
        for (const char c : bytes) send({&c, 1});
    }
    void finish_sending() { ::shutdown(socket_, SHUT_WR); }
    void close() {
        if (socket_ >= 0) ::close(socket_);
        socket_ = -1;
    }
    // Closes so that the server's next read or write fails.
    void reset() {
        const linger hard{.l_onoff = 1, .l_linger = 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
        close();
    }

    RawAnswer read_answer(bool has_body = true) {
        std::size_t end = 0;
        while ((end = received_.find("\r\n\r\n")) == std::string::npos) {
            if (!receive()) return {};
        }
        RawAnswer answer;
        answer.head = received_.substr(0, end + 2);
        received_.erase(0, end + 4);
        answer.status = std::atoi(answer.head.c_str() + std::string_view("HTTP/1.1 ").size());
        const auto length_at = answer.head.find("Content-Length: ");
        if (length_at == std::string::npos || !has_body) return answer;
        const auto length = static_cast<std::size_t>(std::atoll(
            answer.head.c_str() + length_at + std::string_view("Content-Length: ").size()));
        while (received_.size() < length) {
            if (!receive()) return {};
        }
        answer.body = received_.substr(0, length);
        received_.erase(0, length);
        return answer;
    }
    RawAnswer ask(std::string_view bytes) {
        send(bytes);
        return read_answer();
    }
    // Whether the server closes, sending nothing more.
    bool is_closed_by_server() { return received_.empty() && !receive(); }

private:
    bool receive() {
        char piece[65536];
        const auto count = ::recv(socket_, piece, sizeof(piece), 0);
        if (count <= 0) return false;
        received_.append(piece, static_cast<std::size_t>(count));
        return true;
    }

    int socket_;
    std::string received_;
};

}  // namespace millrace
