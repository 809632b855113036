#pragma once
// Server: the port of the REST API: a listener and one event loop under it, and a pool of threads
// on which its requests are served.
//
// Thread    the loop and the pool are its own; the handler is called on the pool, many at a time.
//           bind(), start() and stop() from one thread.
// Lifetime  bind(), then start() once, then stop(); the handler must live until stop() has
//           returned.
// See       docs/api.md, "Limits"

#include <cstdint>
#include <map>
#include <optional>
#include <thread>

#include "api/config/config.h"
#include "api/control/api_door.h"
#include "api/control/rest_pool.h"
#include "api/control/rest_server.h"
#include "api/control/rows_progress.h"
#include "api/http/budget.h"
#include "api/http/connection_limits.h"
#include "api/http/event_loop.h"
#include "api/http/listener.h"
#include "api/http/tls_context.h"
#include "api/log/accept_log.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/definitions/random_text.h"
#include "core/ports/rng.h"

namespace millrace::control {

struct ServerLimits {
    RestLimits rest = {};
    http::Limits connection = {.header_lines = 256};
    std::uint32_t connections = 256;
    std::uint64_t connection_memory_bytes = 64 << 20;
    std::size_t threads = 32;
    const http::LiveTls* tls = nullptr;  // null: plain HTTP
};

struct ServerCounters {
    std::map<int, std::uint64_t> requests;  // by status, those that occurred
    std::uint64_t connections = 0;          // open now
    std::uint64_t refused_connections = 0;  // there were too many
    std::uint64_t failed_handshakes = 0;    // of TLS
    std::uint64_t memory_bytes = 0;         // of open connections, beyond the first bytes of each
};

class Server {
public:
    // `rng` is for request ids and nothing else.
    Server(Rng& rng, Progress& progress, ServerLimits limits);
    ~Server();  // stops at once if that was not done

    // Binds and listens; connections wait until start(). Returns the port.
    // Errors  unavailable: the address is taken or is not ours
    Result<std::uint16_t> bind(const config::Endpoint& endpoint);

    void start(Handler handler);

    // Stops listening, answers what is in flight and returns when every connection is closed; those
    // that are left after `grace` are closed without an answer. Calling it again does nothing.
    void stop(Milliseconds grace);

    // From any thread.
    ServerCounters counters() const;

private:
    const ServerLimits limits_;
    definitions::RandomText random_;
    http::Budget connections_;
    http::Budget memory_;
    RestPool pool_;
    log::AcceptLog accept_log_;
    ApiDoor door_;
    http::EventLoop loop_;
    std::optional<http::TcpAcceptor> acceptor_;  // between bind() and start()
    std::thread thread_;
};

}  // namespace millrace::control
