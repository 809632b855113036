#pragma once
// IngestServer: the data plane: POST a record to a source's URL, be answered when its rows are
// durable.
//
// Lifetime  journal, clock, evaluator, reject queue and window must outlive it, and may still
//           complete what they took after stop().
// Thread    start(), stop() and the destructor from one thread; the others from any.
// See       docs/ingest.md

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "api/access/wrong_tokens.h"
#include "api/config/config.h"
#include "api/doors/refusal_log.h"
#include "api/http/address_shares.h"
#include "api/http/budget.h"
#include "api/http/door.h"
#include "api/http/listener.h"
#include "api/http/tls_context.h"
#include "api/ingest/counters.h"
#include "api/ingest/further_doors.h"
#include "api/ingest/public_url_log.h"
#include "api/ingest/unverified_log.h"
#include "core/base/guarded.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/pipeline/idempotency_window.h"
#include "core/pipeline/key_homes.h"
#include "core/pipeline/reject_queue.h"
#include "core/pipeline/source_route.h"
#include "core/ports/clock.h"
#include "core/ports/evaluator.h"
#include "core/ports/journal.h"
#include "core/ports/rng.h"

namespace millrace::ingest {

class IngestLoop;

struct IngestParts {
    Journal& journal;
    Clock& clock;
    pipeline::RejectQueue& rejects;
    pipeline::IdempotencyWindow& window;
    pipeline::KeyHomes& key_homes;
    Evaluator& evaluator;
    std::function<std::unique_ptr<Rng>()> make_rng;  // called once per loop
    // Whether records are taken now: asked by each loop, at most once a turn, on its thread; empty:
    // always. Its error is the answer: 507 for one named stream.in.diskFull, else 503.
    std::function<Result<void>()> accepting;
    // The same of the rows of one source, asked for each request that is new; empty: always. Its
    // error, with its text, is the answer.
    std::function<Result<void>(const SourceId&)> accepting_of = nullptr;
    config::Limits limits;
    config::Endpoint listen;
    std::uint32_t threads = 1;
    Proxies proxies = {};
    const http::LiveTls* tls = nullptr;  // null: plain HTTP
    std::string public_url = {};         // where senders reach it; empty: what requests say
    bool has_proxy_heads = false;        // connections of trusted proxies begin with PROXY's head
    access::WrongTokens* wrong_secrets = nullptr;  // of URLs; null: nobody counts them
    // Further doors behind the same listeners, in front of that for events: called once per loop.
    // Empty: there are none.
    MakeDoors make_doors = {};
};

class IngestServer final : public pipeline::RoutePublisher {
public:
    explicit IngestServer(IngestParts parts);
    ~IngestServer() override;  // stops at once if that was not done

    // Binds and listens; connections wait until start(). Returns the port. At most once.
    // Errors  unavailable: the address cannot be bound, or somebody listens there
    Result<std::uint16_t> bind();

    // Serves. Routes published before are served by the first request; their `served` is called
    // after start().
    void start();

    // From now on /ready says that the service is about to end; everything is still served.
    void leave() { leaving_.store(true, std::memory_order_relaxed); }

    // Stops listening, answers what is in flight, and returns when every connection is closed, at
    // the latest after `grace`. Later calls do nothing.
    void stop(Milliseconds grace);

    // After stop() there is no loop left to wait for: `served` is called at once.
    void publish(const pipeline::SourceAddress& address,
                 std::shared_ptr<const pipeline::SourceRoute> route,
                 std::function<void()> served) override;

    CounterTotals counters() const;

private:
    const config::Endpoint listen_;
    http::Budget connections_;
    http::Budget memory_;
    http::AddressShares addresses_;
    doors::RefusalLog refusal_log_;
    UnverifiedLog unverified_log_;
    PublicUrlLog public_url_log_;
    std::atomic<bool> leaving_ = false;
    std::vector<std::unique_ptr<IngestLoop>> loops_;
    std::vector<http::TcpAcceptor> acceptors_;  // one a loop, between bind() and start()
    std::vector<std::thread> threads_;
    Guarded<bool> stopped_{false};  // no loop takes posts any more
};

}  // namespace millrace::ingest
