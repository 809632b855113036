#pragma once
// IngestDoor: the requests of one loop to the data plane: URL -> source, head -> admission, body ->
// Intake.
//
// Lifetime  intake must outlive it; it must outlive its loop's connections.
// Thread    its loop's.
// See       docs/ingest.md

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "api/config/config.h"
#include "api/http/content_coding.h"
#include "api/http/door.h"
#include "api/ingest/receipt_lines.h"
#include "api/ingest/refusal_log.h"
#include "core/mapping/record.h"
#include "core/pipeline/intake.h"

namespace millrace::ingest {

struct DoorOptions {
    std::uint64_t body_bytes_max;
    std::uint64_t decoded_bytes_max;
    Proxies proxies;
    RefusalLog& refusal_log;
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

private:
    friend class IngestExchange;

    pipeline::Intake& intake_;
    const DoorOptions options_;
    const std::atomic<bool>& leaving_;
    bool is_abandoned_ = false;
    std::vector<RequestHeader> header_scratch_;  // of the record being mapped
    http::BodyDecoder body_decoder_;
    ReceiptLines receipts_;
    std::vector<std::unique_ptr<IngestExchange>> exchanges_;  // all
    std::vector<IngestExchange*> free_;  // used again: none is made per request
};

}  // namespace millrace::ingest
