#pragma once
// ProxiedConnection: a connection of a proxy until it has said, by the head of the PROXY protocol,
// on whose behalf it has connected. The event loop replaces it then.
//
// It takes exactly the bytes of the head from the socket: what is behind them is the client's, of
// TLS or of HTTP.
//
// Lifetime  owned by its host. At most one wait is outstanding, and it is only forgotten when none
//           is.
// Thread    its loop's.

#include <boost/asio/ip/address.hpp>
#include <functional>
#include <utility>

#include "api/http/hosted_connection.h"
#include "api/http/listener.h"
#include "api/http/proxy_head.h"

namespace millrace::http {

class ProxiedConnection final : public HostedConnection {
public:
    // Once: the head is no longer open, or will stay so. It may take the socket; what it leaves is
    // closed.
    using Heard = std::function<void(ProxiedConnection& connection)>;

    // `heard` must outlive the loop's run.
    ProxiedConnection(ConnectionHost& host, TcpSocket socket, boost::asio::ip::address peer,
                      const Heard& heard);

    void start() override;
    void expire(ConnectionHost::Deadline kind) override;
    void resume() override {}
    void stop_when_idle() override;
    void abort() override;

    const ProxyHead& head() const { return head_; }
    const boost::asio::ip::address& peer() const { return peer_; }
    TcpSocket take_socket() { return std::move(socket_); }

private:
    template <typename Step>
    void guarded(Step step);
    void wait();
    void read();
    void end();
    void close();
    void settle();

    ConnectionHost& host_;
    TcpSocket socket_;
    const boost::asio::ip::address peer_;
    const Heard& heard_;
    ProxyHead head_;
    bool is_waiting_ = false;
    bool is_ended_ = false;
};

}  // namespace millrace::http
