#include "api/http/listener.h"

#include <fmt/format.h>

#include <boost/asio/ip/address.hpp>
#include <string>
#include <utility>

namespace millrace::http {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;

constexpr int kBacklog = 4096;  // the kernel cuts it to net.core.somaxconn

Error failed(std::string_view what, const error_code& ec) {
    return Error(Code::unavailable, fmt::format("listen on {}: {}", what, ec.message()));
}

std::string name_of(const tcp::endpoint& endpoint) {
    return fmt::format("{}:{}", endpoint.address().to_string(), endpoint.port());
}

Result<TcpAcceptor> bind(boost::asio::io_context& io, const tcp::endpoint& endpoint,
                         bool share_port) {
    error_code ec;
    TcpAcceptor acceptor(io);
    acceptor.open(endpoint.protocol(), ec);
    // So that a restart can bind while old connections linger; a listener is still refused.
    if (!ec) acceptor.set_option(tcp::acceptor::reuse_address(true), ec);
    using ReusePort = boost::asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;
    if (!ec && share_port) acceptor.set_option(ReusePort(true), ec);
    if (!ec) acceptor.bind(endpoint, ec);
    if (ec) return failed(name_of(endpoint), ec);
    return acceptor;
}

}  // namespace

Result<tcp::endpoint> find_endpoint(const std::string& host, std::uint16_t port) {
    boost::asio::io_context io;
    error_code ec;
    tcp::resolver resolver(io);
    const auto found = resolver.resolve(host, std::to_string(port), ec);
    if (ec || found.empty()) return failed(fmt::format("{}:{}", host, port), ec);

    TRY_ASSIGN(const auto probe, bind(io, found.begin()->endpoint(), false));
    const auto endpoint = probe.local_endpoint(ec);
    if (ec) return failed(name_of(found.begin()->endpoint()), ec);
    return endpoint;
}

Result<TcpAcceptor> listen(boost::asio::io_context& io, const tcp::endpoint& endpoint,
                           bool share_port) {
    TRY_ASSIGN(auto acceptor, bind(io, endpoint, share_port));
    error_code ec;
    acceptor.listen(kBacklog, ec);
    if (ec) return failed(name_of(endpoint), ec);
    return acceptor;
}

}  // namespace millrace::http
