#pragma once
// TlsStream: a client's stream over TLS over a TCP socket of its event loop. The handshake is part
// of the first receive; StreamUser::on_established() tells of its end.
//
// A client that speaks plain HTTP to this port is answered so in plain HTTP. One that goes away
// without a word is the same as one that ends: HTTP knows where its messages end.
//
// What OpenSSL makes and the socket does not take waits in memory: at most a record (16 KB) of what
// is sent, and few bytes of the protocol itself.

#include <cstdint>
#include <functional>
#include <memory>

#include "api/http/byte_stream.h"
#include "api/http/listener.h"
#include "api/http/tls_context.h"

namespace millrace::http {

class TlsLink;

class TlsStream final : public ByteStream {
public:
    // `failed` is called if the handshake fails; it must outlive the loop's run.
    TlsStream(TcpSocket socket, std::shared_ptr<const TlsContext> context,
              const std::function<void()>& failed);
    ~TlsStream() override;

    bool is_being_made() const override;
    bool is_secure() const override { return true; }
    bool is_for_http2() const override;
    std::optional<std::string_view> client_certificate() override;
    void receive(std::span<char> room, StreamUser& user) override;
    std::optional<std::size_t> send_now(std::string_view bytes) override;
    void send(std::string_view bytes, StreamUser& user) override;
    bool is_gone(std::uint64_t bytes) override;
    void finish_sending() override;
    void close() override;

private:
    const std::shared_ptr<TlsLink> link_;  // also of what waits for its socket
};

}  // namespace millrace::http
