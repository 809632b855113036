#include "api/control/api_server.h"

#include <utility>

#include "api/control/control_events.h"

namespace millrace::control {

Server::Server(Rng& rng, Progress& progress, ServerLimits limits)
    : limits_(limits),
      random_(rng),
      connections_(limits.connections),
      memory_(limits.connection_memory_bytes),
      pool_(random_, limits.rest),
      door_(
          {.pool = pool_,
           .progress = progress,
           .random = random_,
           .body_bytes_max = limits.rest.body_bytes,
           .post = [this](ApiDoor::Step step) { loop_.post(std::move(step)); },
           .post_after = [this](Milliseconds wait,
                                ApiDoor::Step step) { loop_.post_after(wait, std::move(step)); }}),
      loop_({.door = door_,
             .limits = limits.connection,
             .connections = connections_,
             .memory = memory_,
             .tls = limits.tls,
             .not_accepting = [this](const std::string& cause) { accept_log_.note(cause); }}) {}

Server::~Server() {
    stop(Milliseconds{0});
}

Result<std::uint16_t> Server::bind(const config::Endpoint& wanted) {
    TRY_ASSIGN(const auto endpoint, http::find_endpoint(wanted.host, wanted.port));
    TRY_ASSIGN(auto acceptor, http::listen(loop_.io(), endpoint, false));
    acceptor_.emplace(std::move(acceptor));
    emit(Listening{.host = wanted.host, .port = endpoint.port()});
    return endpoint.port();
}

void Server::start(Handler handler) {
    pool_.start(limits_.threads, std::move(handler));
    loop_.serve(std::move(*acceptor_));
    acceptor_.reset();
    thread_ = std::thread([this] { loop_.run(); });
}

ServerCounters Server::counters() const {
    const auto& of_loop = loop_.read_counters();
    ServerCounters all{.requests = {},
                       .connections = of_loop.connections.value(),
                       .refused_connections = of_loop.refused_connections.value(),
                       .failed_handshakes = of_loop.failed_handshakes.value(),
                       .memory_bytes = memory_.taken()};
    for (std::size_t status = 0; status < of_loop.requests.size(); ++status) {
        const auto count = of_loop.requests[status].value();
        if (count > 0) all.requests[static_cast<int>(status)] = count;
    }
    return all;
}

void Server::stop(Milliseconds grace) {
    if (!thread_.joinable()) return;
    loop_.post([this, grace] { loop_.stop(grace); });
    thread_.join();
    pool_.stop();
}

}  // namespace millrace::control
