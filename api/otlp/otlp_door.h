#pragma once
// OtlpDoor: OTLP/HTTP on one loop: logs, metrics and traces of any OpenTelemetry SDK or collector.
//
// Lifetime  what it is given must outlive it; it must outlive its loop's connections.
// Thread    its loop's.
// See       docs/otlp.md

#include <cstdint>
#include <memory>
#include <vector>

#include "api/access/wrong_tokens.h"
#include "api/doors/receipt_lines.h"
#include "api/doors/refusal_log.h"
#include "api/http/budget.h"
#include "api/http/content_coding.h"
#include "api/http/door.h"
#include "core/mapping/record.h"
#include "core/model/proxies.h"
#include "core/otlp/flattener.h"
#include "core/pipeline/intake.h"
#include "core/pipeline/recent_requests.h"
#include "core/ports/clock.h"

namespace millrace::otlp {

struct OtlpDoorOptions {
    Clock& clock;
    std::uint64_t body_bytes_max;     // as it comes, and when it is decoded
    std::uint64_t records_bytes_max;  // of the flattened records of a request
    // Of those whose rows are one write, divided by the sinks: a request with more is divided.
    std::uint64_t part_bytes;
    Proxies proxies;
    doors::RefusalLog& refusal_log;
    access::WrongTokens* wrong_secrets = nullptr;  // of URLs; null: nobody counts them
};

class OtlpExchange;

class OtlpDoor final : public http::Door {
public:
    OtlpDoor(pipeline::Intake& intake, OtlpDoorOptions options);
    ~OtlpDoor() override;

    bool serves(const http::RequestView& request) const override;
    http::ExchangePtr begin(const http::RequestView& request,
                            http::ResponseWriter& writer) override;
    http::Answer refusal(const Error& error) override;
    void tick(SteadyTime /*now*/) override {}
    void abandon() override {}
    void failed(const std::exception& exception) noexcept override;

private:
    friend class OtlpExchange;

    static constexpr std::uint64_t kHeldMax = 128 << 20;

    pipeline::Intake& intake_;
    const OtlpDoorOptions options_;
    std::vector<RequestHeader> header_scratch_;  // of the request being taken
    http::BodyDecoder body_decoder_;
    Flattener flattener_;
    http::Budget held_{kHeldMax};  // for parts of requests that wait for their turn
    doors::ReceiptLines receipts_;
    pipeline::RecentRequests nobodys_;  // requests to sources that there are none of
    const std::shared_ptr<pipeline::SourceTap> nobodys_tap_ = nobodys_.of({});
    std::vector<std::unique_ptr<OtlpExchange>> exchanges_;  // all
    std::vector<OtlpExchange*> free_;                       // used again: none is made per request
};

}  // namespace millrace::otlp
