#pragma once
// TcpStream: a client's stream over a TCP socket of its event loop.

#include "api/http/byte_stream.h"
#include "api/http/listener.h"

namespace millrace::http {

class TcpStream final : public ByteStream {
public:
    explicit TcpStream(TcpSocket socket);

    void receive(std::span<char> room, StreamUser& user) override;
    std::optional<std::size_t> send_now(std::string_view bytes) override;
    void send(std::string_view bytes, StreamUser& user) override;
    bool is_gone(std::uint64_t bytes) override;
    void finish_sending() override;
    void close() override;

private:
    TcpSocket socket_;
};

}  // namespace millrace::http
