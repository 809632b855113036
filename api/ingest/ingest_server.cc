#include "api/ingest/ingest_server.h"

#include <atomic>
#include <utility>

#include "api/http/forwarded.h"
#include "api/http/listener.h"
#include "api/ingest/loop.h"
#include "core/base/check.h"

namespace millrace::ingest {
namespace {

// Calls `served` when the last loop has acknowledged.
struct Acknowledgements {
    std::atomic<std::size_t> missing;
    std::function<void()> served;

    Acknowledgements(std::size_t loops, std::function<void()> then)
        : missing(loops), served(std::move(then)) {}
    void add() {
        if (missing.fetch_sub(1) == 1 && served) served();
    }
};

}  // namespace

IngestServer::IngestServer(IngestParts parts)
    : listen_(parts.listen),
      connections_(parts.limits.connections),
      memory_(parts.limits.connection_memory_bytes),
      addresses_(
          {.connections = parts.limits.address_connections,
           .memory_bytes = parts.limits.address_memory_bytes,
           .is_exempt = [proxies = parts.proxies](
                            const std::string& ip) { return http::is_trusted(proxies, ip); }}),
      refusal_log_(parts.clock),
      public_url_log_(parts.public_url) {
    check(parts.threads > 0, "an ingest server needs a thread");
    std::function<bool(const std::string& ip)> has_proxy_head;
    if (parts.has_proxy_heads) {
        has_proxy_head = [proxies = parts.proxies](const std::string& ip) {
            return http::is_trusted(proxies, ip);
        };
    }
    for (std::uint32_t i = 0; i < parts.threads; ++i) {
        loops_.push_back(
            std::make_unique<IngestLoop>(LoopParts{.journal = parts.journal,
                                                   .clock = parts.clock,
                                                   .rejects = parts.rejects,
                                                   .window = parts.window,
                                                   .key_homes = parts.key_homes,
                                                   .evaluator = parts.evaluator,
                                                   .rng = parts.make_rng(),
                                                   .limits = parts.limits,
                                                   .proxies = parts.proxies,
                                                   .connections = connections_,
                                                   .memory = memory_,
                                                   .addresses = addresses_,
                                                   .tls = parts.tls,
                                                   .refusal_log = refusal_log_,
                                                   .unverified_log = unverified_log_,
                                                   .public_url = parts.public_url,
                                                   .public_url_log = public_url_log_,
                                                   .wrong_secrets = parts.wrong_secrets,
                                                   .has_proxy_head = has_proxy_head,
                                                   .leaving = leaving_,
                                                   .accepting = parts.accepting,
                                                   .accepting_of = parts.accepting_of,
                                                   .make_doors = parts.make_doors}));
    }
}

IngestServer::~IngestServer() {
    stop(Milliseconds{0});
}

Result<std::uint16_t> IngestServer::bind() {
    check(acceptors_.empty(), "bind() was called twice");
    TRY_ASSIGN(const auto endpoint, http::find_endpoint(listen_.host, listen_.port));
    for (const auto& loop : loops_) {
        TRY_ASSIGN(auto acceptor, http::listen(loop->loop().io(), endpoint, loops_.size() > 1));
        acceptors_.push_back(std::move(acceptor));
    }
    return endpoint.port();
}

void IngestServer::start() {
    check(acceptors_.size() == loops_.size(), "start() without bind()");
    for (std::size_t i = 0; i < loops_.size(); ++i) {
        loops_[i]->loop().serve(std::move(acceptors_[i]));
        threads_.emplace_back([&loop = loops_[i]->loop()] { loop.run(); });
    }
    acceptors_.clear();
}

void IngestServer::stop(Milliseconds grace) {
    if (stopped_.with([](bool stopped) { return stopped; })) return;
    leave();
    for (std::size_t i = 0; i < threads_.size(); ++i) {
        auto& loop = loops_[i]->loop();
        loop.post([&loop, grace] { loop.stop(grace); });
    }
    for (auto& thread : threads_) thread.join();
    stopped_.with([](bool& stopped) { stopped = true; });
    for (const auto& loop : loops_) loop->loop().run_rest();  // what publish() posted in between
}

void IngestServer::publish(const pipeline::SourceAddress& address,
                           std::shared_ptr<const pipeline::SourceRoute> route,
                           std::function<void()> served) {
    unverified_log_.set_route(address, route);
    auto acknowledgements = std::make_shared<Acknowledgements>(loops_.size(), std::move(served));
    const bool stopped = stopped_.with([&](bool is_stopped) {
        if (is_stopped) return true;
        for (const auto& loop : loops_) {
            loop->loop().post([&loop = *loop, address, route, acknowledgements] {
                loop.set_route(address, route, [acknowledgements] { acknowledgements->add(); });
            });
        }
        return false;
    });
    if (stopped && acknowledgements->served) acknowledgements->served();
}

CounterTotals IngestServer::counters() const {
    CounterTotals totals;
    for (const auto& loop : loops_) {
        loop->add_to(totals);
    }
    totals.memory_bytes = memory_.taken();
    return totals;
}

}  // namespace millrace::ingest
