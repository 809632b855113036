#include "tests/unit/storage/staging/s3/fault_server.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

#include "core/base/check.h"

namespace millrace::s3 {
namespace {

// Appends what comes; false when the client has closed the connection.
bool receive(int connection, std::string& text) {
    std::array<char, 64 << 10> buffer;
    const auto count = ::recv(connection, buffer.data(), buffer.size(), 0);
    if (count <= 0) return false;
    text.append(buffer.data(), static_cast<std::size_t>(count));
    return true;
}

void send_all(int connection, std::string_view text) {
    while (!text.empty()) {
        const auto sent = ::send(connection, text.data(), text.size(), MSG_NOSIGNAL);
        if (sent <= 0) return;
        text.remove_prefix(static_cast<std::size_t>(sent));
    }
}

SeenRequest parse(std::string_view head) {
    SeenRequest request;
    const auto line = head.substr(0, head.find("\r\n"));
    const auto space = line.find(' ');
    request.method = line.substr(0, space);
    request.target = line.substr(space + 1, line.rfind(' ') - space - 1);
    head.remove_prefix(line.size() + 2);
    while (!head.empty() && !head.starts_with("\r\n")) {
        const auto end = head.find("\r\n");
        const auto colon = head.find(": ");
        std::string name(head.substr(0, colon));
        for (auto& c : name) c = static_cast<char>(std::tolower(c));
        request.headers[name] = head.substr(colon + 2, end - colon - 2);
        head.remove_prefix(end + 2);
    }
    return request;
}

}  // namespace

FaultServer::FaultServer(Answers answers) : answers_(std::move(answers)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof(address);
    check(::bind(listener_, any, size) == 0 && ::listen(listener_, 16) == 0 &&
              ::getsockname(listener_, any, &size) == 0,
          "no port");
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
}

FaultServer::~FaultServer() {
    stopping_ = true;
    ::shutdown(listener_, SHUT_RDWR);  // ends accept()
    thread_.join();
    ::close(listener_);
}

std::string FaultServer::endpoint() const {
    return fmt::format("http://127.0.0.1:{}", port_);
}

std::vector<SeenRequest> FaultServer::seen() const {
    return seen_.with([](const auto& seen) { return seen; });
}

void FaultServer::wait_for(std::size_t requests) const {
    for (auto came = came_.load(); came < requests; came = came_.load()) came_.wait(came);
}

void FaultServer::serve() {
    while (!stopping_) {
        const int connection = ::accept(listener_, nullptr, nullptr);
        if (connection < 0) continue;
        answer(connection);
        ::close(connection);
    }
}

void FaultServer::answer(int connection) {
    std::string text;
    while (text.find("\r\n\r\n") == std::string::npos) {
        if (!receive(connection, text)) return;
    }
    const auto begin = text.find("\r\n\r\n") + 4;
    auto request = parse(std::string_view(text).substr(0, begin));
    const auto length = request.headers.find("content-length");
    const auto size = length == request.headers.end() ? 0 : std::stoul(length->second);
    while (text.size() < begin + size) {
        if (!receive(connection, text)) return;
    }
    request.body = text.substr(begin);
    const auto number = seen_.with([&](auto& seen) {
        seen.push_back(request);
        return seen.size() - 1;
    });
    ++came_;
    came_.notify_all();
    const auto reply = answers_(request, number);
    if (reply.end == Reply::End::no_answer) return;
    if (reply.end == Reply::End::hangs) {
        std::string more;
        while (receive(connection, more)) {
        }
        return;
    }
    auto head = fmt::format("HTTP/1.1 {} Word\r\nConnection: close\r\n", reply.status);
    for (const auto& [name, value] : reply.headers) head += fmt::format("{}: {}\r\n", name, value);
    if (reply.status != 204) head += fmt::format("Content-Length: {}\r\n", reply.body.size());
    send_all(connection, head + "\r\n");
    const auto half = reply.body.size() / 2;
    send_all(connection, std::string_view(reply.body)
                             .substr(0, reply.end == Reply::End::half ? half : reply.body.size()));
}

}  // namespace millrace::s3
