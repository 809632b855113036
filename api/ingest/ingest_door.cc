#include "api/ingest/ingest_door.h"

#include <fmt/format.h>

#include <utility>

#include "api/doors/door_answer.h"
#include "api/http/refusals.h"
#include "api/ingest/exchange.h"
#include "api/log/log.h"

namespace millrace::ingest {

IngestDoor::IngestDoor(pipeline::Intake& intake, DoorOptions options,
                       const std::atomic<bool>& leaving)
    : intake_(intake), options_(std::move(options)), leaving_(leaving) {}

IngestDoor::~IngestDoor() = default;

http::ExchangePtr IngestDoor::begin(const http::RequestView& request,
                                    http::ResponseWriter& writer) {
    if (free_.empty()) {
        exchanges_.push_back(std::make_unique<IngestExchange>(*this));
        free_.reserve(exchanges_.size());  // release() must not fail
        free_.push_back(exchanges_.back().get());
    }
    IngestExchange& exchange = *free_.back();
    free_.pop_back();
    exchange.begin(request, writer);
    return http::ExchangePtr(&exchange);
}

http::Answer IngestDoor::refusal(const Error& error) {
    if (error.name() == http::kRequestTimeout) return http::text_answer(408, "request timeout");
    return doors::error_answer(Error(error).named(fmt::format("stream.in.{}", error.name())));
}

void IngestDoor::set_rules(const pipeline::SourceAddress& address,
                           const std::shared_ptr<const pipeline::SourceRoute>& route) {
    if (const auto before = routes_.find(address); before != routes_.end()) {
        rules_.erase(before->second);
        routes_.erase(before);
    }
    if (route == nullptr || !route->asks_more) return;
    rules_.insert_or_assign(
        route.get(), webhooks::SourceRules::compile(route->details, route->kind_settings,
                                                    route->idempotency, options_.public_url));
    routes_.emplace(address, route.get());
}

void IngestDoor::tick(SteadyTime now) {
    options_.unverified_log.look(now);
    if (options_.public_url_log != nullptr && options_.public_url_log->is_on() &&
        now >= next_url_look_) {
        is_url_look_due_ = true;
        next_url_look_ = now + PublicUrlLog::kLooksEvery;
    }
    if (is_abandoned_) return;
    answer_held();
    intake_.tick(now);
}

// Those that wait by now; what an answer brings about waits for the next tick.
void IngestDoor::answer_held() {
    wrong_signatures_ = kWrongAtOnce;
    for (auto left = held_.size(); left > 0 && !held_.empty(); --left) {
        held_.front()->answer_held();
    }
    wrong_signatures_ = 0;
}

void IngestDoor::abandon() {
    is_abandoned_ = true;
    intake_.abandon();
}

void IngestDoor::failed(const std::exception& exception) noexcept {
    try {
        log::error("request_failed", {{"cause", exception.what()}});
    } catch (const std::exception&) {  // without memory for the line it is left out
    }
}

}  // namespace millrace::ingest
