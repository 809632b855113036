#pragma once
// Server: the HTTP listener of the control plane; turns sockets into Request and Response.
//
// Thread    one accepting thread and a pool; the handler is called on the pool, many at a time.
// Lifetime  bind(), then start() once, then stop(); the handler must live until stop() has
// returned.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "api/config/config.h"
#include "api/control/http_message.h"
#include "api/control/random_text.h"
#include "core/base/result.h"
#include "core/ports/rng.h"

namespace millrace::control {

struct ServerLimits {
    std::uint64_t body_bytes = 1 << 20;  // of a request, decompressed
    std::uint64_t discard_bytes =
        64 << 20;  // of a larger one read and thrown away, to keep the connection
    std::uint64_t target_bytes = 4096;  // of a request's path and query
};

class Server {
public:
    using Handler = std::function<Response(const Request&)>;

    // `rng` is for request ids and nobody else's.
    Server(Rng& rng, ServerLimits limits);
    ~Server();  // stops

    // Binds and listens; connections wait until start(). Returns the port.
    // Errors  unavailable: the address is taken or is not ours
    Result<std::uint16_t> bind(const config::Endpoint& endpoint);

    // Returns when connections are being answered.
    void start(Handler handler);

    // Takes no more connections, answers the requests in flight and returns. Idle connections
    // are given up to two seconds. Calling it again does nothing.
    void stop();

private:
    struct Http;

    std::unique_ptr<Http> http_;
};

}  // namespace millrace::control
