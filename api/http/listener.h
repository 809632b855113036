#pragma once
// Listening sockets of the event loops: one a loop, all on one port.
//
// See  man 7 socket, SO_REUSEPORT

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <string>

#include "core/base/result.h"

namespace millrace::http {

// Bound to the loop's own executor type: the type-erased one costs a virtual call per operation.
using LoopExecutor = boost::asio::io_context::executor_type;
using TcpSocket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, LoopExecutor>;
using TcpAcceptor = boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, LoopExecutor>;

// The address to listen on when `loops` sockets will share it; port 0 has become a free port. Fails
// if a process listens there already, which SO_REUSEPORT would hide: two processes would share the
// requests.
// Errors  unavailable
Result<boost::asio::ip::tcp::endpoint> find_endpoint(const std::string& host, std::uint16_t port);

// A socket that listens there.
// Errors  unavailable
Result<TcpAcceptor> listen(boost::asio::io_context& io,
                           const boost::asio::ip::tcp::endpoint& endpoint, bool share_port);

}  // namespace millrace::http
