#include "core/pipeline/request.h"

#include <exception>
#include <string_view>
#include <utility>

#include "core/model/http_settings.h"
#include "core/pipeline/sink_tally.h"

namespace millrace::pipeline {
namespace {

Error dropped() {
    return Error(Code::internal, "The request could not be served, nothing of it is stored.");
}

}  // namespace

void Request::hold_record() {
    if (!std::exchange(holds_record_, true)) record = held_.hold(record);
}

void Request::release_record() {
    record = {.arrived_at = record.arrived_at, .age = record.age};
    holds_record_ = false;
    held_.release();
}

// The outcome is known, if the journal takes its rows.
void Request::see_outcome() {
    const bool is_good = outcome.accepted == outcome.records && outcome.kept == 0;
    const auto of = is_good ? SourceTap::Of::accepted : SourceTap::Of::others;
    if (!route->tap->wants(of, record.age)) return;
    try {
        seen_ = std::make_unique<SeenRequest>(see(record));
    } catch (const std::exception&) {  // without memory it is not looked at
    }
}

void Request::see_route() {
    seen_->arrived_at = record.arrived_at;
    seen_->form = form;
    seen_->is_one_sink_enough = resolve_http_settings(route->kind_settings).is_one_sink_enough;
    for (const auto& sink : route->sinks) seen_->sinks.push_back(sink.sink);
}

// Gives what is kept of the request to those who look.
void Request::see_end(const Place& place) {
    try {
        if (seen_ == nullptr) {  // it ends before its outcome was known
            if (!route->tap->wants(SourceTap::Of::others, record.age)) return;
            seen_ = std::make_unique<SeenRequest>(has_record ? see(record) : SeenRequest());
        }
        see_route();
        seen_->outcome = outcome;
        if (outcome.is_stored) {
            Receipt receipt;
            set_receipt(receipt, *this, place);
            seen_->receipt = encode_receipt(receipt);
        }
        route->tap->add(std::move(*seen_));
    } catch (const std::exception&) {  // as above
    }
    seen_.reset();
}

void Request::see_duplicate(std::uint64_t records) {
    try {
        see_route();
        seen_->is_duplicate = true;
        seen_->outcome.records = seen_->outcome.accepted = records;
        route->tap->add(std::move(*seen_));
    } catch (const std::exception&) {  // as above
    }
    seen_.reset();
}

void Request::tell(const Place& place) {
    if (route->tap != nullptr && (seen_ != nullptr || outcome.error)) see_end(place);
    auto* const listener = std::exchange(listener_, nullptr);
    if (listener != nullptr && !pool_.is_closed_) listener->ended(*this, place);
}

void Request::end(const Place& place) {
    auto& taken = route->sinks.empty() ? counters_.no_sink : counters_.accepted;
    taken.add(outcome.accepted);
    counters_.rejected.add(outcome.rejected());
    once.reset();
    tell(place);
}

void Request::refuse(Error error) {
    counters_.rejected.add();
    turn_back(std::move(error));
}

void Request::fail(Error error) {
    counters_.failed.add(outcome.records);
    turn_back(std::move(error));
}

void Request::turn_back(Error error, Milliseconds retry_after) {
    once.reset();
    outcome.error = std::move(error);
    outcome.retry_after = retry_after;
    outcome.is_stored = false;
    tell({});
}

void Request::replay(const std::string& remembered) {
    // The bytes of the record go with the answer.
    if (route->tap != nullptr && route->tap->wants(SourceTap::Of::accepted, record.age)) {
        try {
            seen_ = std::make_unique<SeenRequest>(see(record));
        } catch (const std::exception&) {  // without memory it is not looked at
        }
    }
    const auto records = listener_->replayed(remembered);
    if (seen_ != nullptr) see_duplicate(records);
    listener_ = nullptr;
    counters_.duplicate.add(records);
    tally_duplicates(*route, records);
}

// Most have nothing to give back: each field is cheaper to set than all are to assign.
void Request::clear() {
    route.reset();
    ack.reset();
    once.reset();
    outcome.error.reset();
    outcome.retry_after = {};
    outcome.records = 1;
    outcome.accepted = outcome.kept = 0;
    outcome.sinks.clear();
    outcome.is_stored = false;
    outcome.is_synced = true;
    outcome.reached = Ack::disk;
    rows.reset();
    waits_as.reset();
    has_company = false;
    bytes_elsewhere = 0;
    has_record = false;
    seen_.reset();
    if (holds_record_) release_record();
}

void set_receipt(Receipt& receipt, const Request& request, const Place& place) {
    const auto& outcome = request.outcome;
    receipt.ack = outcome.reached;
    receipt.arrived_at = place.arrived_at;
    receipt.volume = place.ticket.volume;
    receipt.batch = place.ticket.batch;
    receipt.sinks.clear();
    const auto& sinks = request.route->sinks;
    for (std::size_t i = 0; i < sinks.size(); ++i) {
        auto& of_sink = receipt.sinks.emplace_back(
            Receipt::Sink{.number = sinks[i].version.sink, .has_rows = true});
        if (outcome.sinks.empty()) continue;
        const auto& has = outcome.sinks[i];
        of_sink.has_rows = has.accepted > has.kept;
        of_sink.has_kept = has.kept > 0;
        of_sink.has_refused = has.rejected > 0;
    }
}

void EndRequest::operator()(Request* request) const noexcept {
    request->pool_.take_back(*request);
}

RequestPtr RequestPool::make(const std::shared_ptr<const SourceRoute>& route, Listener& listener) {
    if (free_.empty()) {
        requests_.push_back(std::unique_ptr<Request>(new Request(*this, counters_)));
        free_.reserve(requests_.capacity());  // take_back() must not fail
        free_.push_back(requests_.back().get());
    }
    RequestPtr request(free_.back());
    free_.pop_back();
    request->route = route;
    request->listener_ = &listener;
    return request;
}

void RequestPool::take_back(Request& request) noexcept {
    try {
        if (request.listener_ != nullptr && !is_closed_) request.fail(dropped());
    } catch (const std::exception&) {  // of a listener that has nowhere to report it
    }
    request.listener_ = nullptr;
    request.clear();
    free_.push_back(&request);
}

}  // namespace millrace::pipeline
