#pragma once
// IngestLoop: one event loop of the data plane with its intake and its door.
//
// Thread  that of its event loop; counters may be read from any.

#include <atomic>
#include <functional>
#include <memory>
#include <vector>

#include "api/config/config.h"
#include "api/http/address_shares.h"
#include "api/http/budget.h"
#include "api/http/door.h"
#include "api/http/doors.h"
#include "api/http/event_loop.h"
#include "api/ingest/counters.h"
#include "api/ingest/further_doors.h"
#include "api/ingest/ingest_door.h"
#include "api/log/accept_log.h"
#include "api/log/proxy_log.h"
#include "core/pipeline/intake.h"
#include "core/pipeline/record_counters.h"
#include "core/ports/clock.h"
#include "core/ports/evaluator.h"
#include "core/ports/journal.h"
#include "core/ports/rng.h"

namespace millrace::ingest {

struct LoopParts {
    Journal& journal;
    Clock& clock;
    pipeline::RejectQueue& rejects;
    pipeline::IdempotencyWindow& window;
    pipeline::KeyHomes& key_homes;
    Evaluator& evaluator;
    std::unique_ptr<Rng> rng;
    config::Limits limits;
    Proxies proxies;
    http::Budget& connections;  // of all loops, as the next one
    http::Budget& memory;
    http::AddressShares& addresses;
    const http::LiveTls* tls = nullptr;
    doors::RefusalLog& refusal_log;
    UnverifiedLog& unverified_log;
    std::string public_url;
    PublicUrlLog& public_url_log;
    access::WrongTokens* wrong_secrets = nullptr;
    std::function<bool(const std::string& ip)> has_proxy_head = nullptr;  // see EventLoopParts
    const std::atomic<bool>& leaving;
    std::function<Result<void>()> accepting;
    std::function<Result<void>(const SourceId&)> accepting_of = nullptr;
    // See IngestParts; may be empty.
    MakeDoors make_doors = {};
};

class IngestLoop {
public:
    explicit IngestLoop(LoopParts parts);
    ~IngestLoop();
    IngestLoop(const IngestLoop&) = delete;
    IngestLoop& operator=(const IngestLoop&) = delete;

    http::EventLoop& loop() { return loop_; }
    // As Intake::set_route().
    void set_route(const pipeline::SourceAddress& address,
                   std::shared_ptr<const pipeline::SourceRoute> route,
                   std::function<void()> served = nullptr);

    // From any thread.
    void add_to(CounterTotals& totals) const;

private:
    const std::unique_ptr<Rng> rng_;
    log::AcceptLog accept_log_;
    log::ProxyLog proxy_log_;
    pipeline::RecordCounters counters_;
    pipeline::Intake intake_;
    IngestDoor door_;
    const std::vector<std::unique_ptr<http::Door>> further_doors_;
    http::Doors doors_;
    http::EventLoop loop_;
};

// What the configuration says of connections of the data plane.
http::Limits connection_limits(const config::Limits& limits);

}  // namespace millrace::ingest
