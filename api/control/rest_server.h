#pragma once
// RestServer: cpp-httplib's server between a request in memory and an answer in memory. It reads
// queries and coded bodies and writes answers; it has no sockets, and sees only requests that
// api/http has checked.
//
// Thread  one; each thread of the pool has its own.
// Errors  every failure is an answer; what the handler throws is thrown on.

#include <cstdint>
#include <functional>
#include <memory>

#include "api/control/http_message.h"
#include "api/control/rest_call.h"
#include "core/definitions/random_text.h"

namespace millrace::control {

using Handler = std::function<Response(const Request&)>;

struct RestLimits {
    std::uint64_t body_bytes = 1 << 20;  // of a request, decompressed
    std::uint64_t target_bytes = 4096;   // of a request's path and query
};

class RestServer {
public:
    // Both must outlive it; `random` is for request ids.
    RestServer(const Handler& handler, definitions::RandomText& random, RestLimits limits);
    ~RestServer();
    RestServer(const RestServer&) = delete;
    RestServer& operator=(const RestServer&) = delete;

    RestResult serve(const RestCall& call);

private:
    struct Http;

    const std::unique_ptr<Http> http_;
};

// An answer outside of the REST server: headers and body as its own would have them.
http::Answer answer_of(const Response& response, const std::string& request_id);

inline constexpr std::size_t kRequestIdLength = 15;

}  // namespace millrace::control
