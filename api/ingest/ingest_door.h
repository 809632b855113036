#pragma once
// IngestDoor: the requests of one loop to the data plane: URL -> source, head -> admission, body ->
// Intake.
//
// Lifetime  intake must outlive it; it must outlive its loop's connections.
// Thread    its loop's.
// See       docs/ingest.md

#include <array>
#include <atomic>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "api/access/wrong_tokens.h"
#include "api/config/config.h"
#include "api/doors/receipt_lines.h"
#include "api/doors/refusal_log.h"
#include "api/http/content_coding.h"
#include "api/http/door.h"
#include "api/ingest/public_url_log.h"
#include "api/ingest/unverified_log.h"
#include "api/webhooks/signature.h"
#include "api/webhooks/source_rules.h"
#include "core/base/counter.h"
#include "core/mapping/record.h"
#include "core/pipeline/intake.h"
#include "core/pipeline/recent_requests.h"
#include "core/pipeline/source_route.h"
#include "core/ports/clock.h"

namespace millrace::ingest {

// What became of requests before they reached the intake.
struct DoorCounters {
    std::array<Counter, webhooks::kBadSignatures> bad_signatures;  // by BadSignature
    Counter challenges;
};

struct DoorOptions {
    std::uint64_t body_bytes_max;
    std::uint64_t decoded_bytes_max;
    Proxies proxies;
    doors::RefusalLog& refusal_log;
    UnverifiedLog& unverified_log;
    Clock& clock;
    std::string public_url;                  // without a slash at the end; empty: what requests say
    PublicUrlLog* public_url_log = nullptr;  // null: nothing is compared
    access::WrongTokens* wrong_secrets = nullptr;  // of URLs; null: nobody counts them
};

class IngestExchange;

class IngestDoor final : public http::Door {
public:
    // `leaving`: the service will end soon, and should get no new clients.
    IngestDoor(pipeline::Intake& intake, DoorOptions options, const std::atomic<bool>& leaving);
    ~IngestDoor() override;

    // What it does not know is answered 404.
    bool serves(const http::RequestView& /*request*/) const override { return true; }
    http::ExchangePtr begin(const http::RequestView& request,
                            http::ResponseWriter& writer) override;
    http::Answer refusal(const Error& error) override;
    void tick(SteadyTime now) override;
    void abandon() override;
    void failed(const std::exception& exception) noexcept override;

    // What the source asks of requests, from now on; before its route is served.
    void set_rules(const pipeline::SourceAddress& address,
                   const std::shared_ptr<const pipeline::SourceRoute>& route);

    // From any thread.
    const DoorCounters& counters() const { return counters_; }

private:
    friend class IngestExchange;

    // Null if the source asks nothing beside its secret.
    webhooks::SourceRules* rules_of(const pipeline::SourceRoute& route) {
        if (!route.asks_more) return nullptr;
        const auto found = rules_.find(&route);
        return found == rules_.end() ? &nothing_in_ : found->second.get();
    }

    // Between two ticks so many wrong signatures are answered at once. The answers of others wait
    // for the next tick, and their senders with them: a flood costs little, however many there are.
    static constexpr std::size_t kWrongAtOnce = 100;

    void answer_held();

    pipeline::Intake& intake_;
    const DoorOptions options_;
    const std::atomic<bool>& leaving_;
    std::map<pipeline::SourceAddress, const pipeline::SourceRoute*> routes_;  // that have rules
    std::unordered_map<const pipeline::SourceRoute*, std::unique_ptr<webhooks::SourceRules>> rules_;
    webhooks::SourceRules nothing_in_;  // of a route whose rules are missing
    DoorCounters counters_;
    pipeline::RecentRequests nobodys_;  // requests to sources that there are none of
    const std::shared_ptr<pipeline::SourceTap> nobodys_tap_ = nobodys_.of({});
    bool is_abandoned_ = false;
    bool is_url_look_due_ = false;  // see PublicUrlLog
    SteadyTime next_url_look_{};
    std::size_t wrong_signatures_ = 0;           // since the last tick
    std::list<IngestExchange*> held_;            // whose refusals wait, in their order
    std::vector<RequestHeader> header_scratch_;  // of the record being mapped
    http::BodyDecoder body_decoder_;
    doors::ReceiptLines receipts_;
    std::vector<std::unique_ptr<IngestExchange>> exchanges_;  // all
    std::vector<IngestExchange*> free_;  // used again: none is made per request
};

}  // namespace millrace::ingest
