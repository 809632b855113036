#include "api/kafka/batch_delivery.h"

#include <fmt/format.h>

#include <chrono>

#include "core/pipeline/reject_queue.h"

namespace millrace::kafka {
namespace {

constexpr std::size_t kCarefulBatches = 100;

}  // namespace

Milliseconds BatchDelivery::advance() {
    if (stage_ == Stage::filling) {
        const bool is_due = ports_.maker.is_full() || (!in_flight_ && !ports_.maker.is_empty());
        if (!is_due) return Milliseconds(0);
        ports_.rejects.begin_batch();
        stage_ = ports_.maker.rejects().empty() ? Stage::ready : Stage::keeping;
    }
    if (stage_ == Stage::keeping) return keep_rejects();
    return hand_over();
}

Result<void> BatchDelivery::is_accepting() const {
    if (ports_.accepting) TRY(ports_.accepting());
    return ports_.accepting_of ? ports_.accepting_of(ports_.source) : Result<void>();
}

// Asks the store for all of them, or one after the other where it has not room for all.
Milliseconds BatchDelivery::keep_rejects() {
    // What is in front may have to be read again.
    if (ports_.rejects.is_asking() || in_flight_) return ports_.pace.read;
    const auto now = ports_.clock.steady();
    if (now < retry_at_) return std::chrono::ceil<Milliseconds>(retry_at_ - now);
    if (const auto accepting = is_accepting(); !accepting.ok()) {
        hold_up(accepting.error().operator_text());
        return ports_.pace.retry;
    }
    ports_.rejects.ask(ports_.maker.rejects());
    return ports_.pace.read;
}

void BatchDelivery::end_rejects(const ReaderInbox::RejectNews& news) {
    const auto answer = ports_.rejects.take(news);
    if (!answer.is_of_batch || stage_ != Stage::keeping) return;
    switch (answer.outcome) {
        case pipeline::RejectOutcome::kept:
            break;
        case pipeline::RejectOutcome::failed:
            return hold_up(pipeline::rejects_unavailable().client_text());
        case pipeline::RejectOutcome::full:
            if (ports_.settings.on_rejects_full == OnRejectsFull::pause &&
                !ports_.rejects.is_one_by_one()) {
                return make_room();
            }
            if (answer.asked > 1) return ports_.rejects.go_one_by_one();
            const auto& item = ports_.rejects.next(ports_.maker.rejects());
            if (ports_.settings.on_rejects_full == OnRejectsFull::pause) return wait_for_room(item);
            ports_.maker.skip_reject(item);
            ports_.rejects.pass_next();
            break;
    }
    if (!ports_.rejects.has_all(ports_.maker.rejects())) return;
    stage_ = Stage::ready;
    if (careful_for_ > 0) ports_.maker.set_careful(--careful_for_ > 0);
}

// The rejects of the batch do not fit, and none of them was kept. What is in front of the first
// that finds no room goes to the journal without it; that one is waited for alone.
void BatchDelivery::make_room() {
    careful_for_ = kCarefulBatches;
    ports_.maker.set_careful(true);
    if (ports_.maker.messages() > 1) return ports_.rewind();
    if (ports_.maker.rejects().size() > 1 && !RejectKeeper::fits_alone(ports_.maker.rejects()))
        return ports_.rejects.go_one_by_one();
    wait_for_room(ports_.maker.rejects().front());
}

void BatchDelivery::wait_for_room(const RejectGroup::Item& item) {
    hold_up(
        fmt::format("a sink keeps as many rejects as it may ({}); retry or delete some, let it "
                    "keep more, or set onRejectsFull to \"skip\"",
                    item.reject.message));
}

void BatchDelivery::wait_a_while() {
    retry_at_ = ports_.clock.steady() + ports_.pace.retry;
}

// The batch cannot go on now.
void BatchDelivery::hold_up(std::string reason) {
    wait_a_while();
    is_held_up_ = true;
    ports_.board.say(SourceState::waiting, std::move(reason));
}

void BatchDelivery::drop() {
    stage_ = Stage::filling;
    ready_batch_.reset();
    ports_.rejects.drop_batch();
}

RowBatch& BatchDelivery::ready_batch() {
    if (ready_batch_) return *ready_batch_;
    ready_batch_ = ports_.maker.take_batch(ports_.route->key_scope);
    if (ready_batch_->groups.empty()) {
        const auto now = instant_of(ports_.clock);
        ready_batch_->arrived_at = now.wall;
        ready_batch_->age = now.age;
    }
    ready_batch_->may_wait = true;
    ready_batch_->done = [inbox = ports_.inbox](const Result<void>& outcome) {
        inbox->put_batch(outcome);
    };
    return *ready_batch_;
}

Milliseconds BatchDelivery::hand_over() {
    if (in_flight_) return ports_.pace.read;
    const auto now = ports_.clock.steady();
    if (now < retry_at_) return std::chrono::ceil<Milliseconds>(retry_at_ - now);
    if (const auto accepting = is_accepting(); !accepting.ok()) {
        hold_up(accepting.error().operator_text());
        return ports_.pace.retry;
    }
    auto& batch = ready_batch();
    batch.lane = ports_.journal.lanes() > 1 ? ports_.journal.lane_of(ports_.source) : 0;
    const auto taken = ports_.journal.submit(std::move(batch));
    if (taken.ok()) {
        in_flight_ = InFlight{.after = ports_.maker.after(),
                              .tap = ports_.route->tap,
                              .seen = ports_.maker.take_seen()};
        ports_.maker.tally();
        ports_.maker.begin_next();
        ready_batch_.reset();
        stage_ = Stage::filling;
        if (std::exchange(is_held_up_, false)) ports_.board.say(SourceState::reading);
        return Milliseconds(0);
    }
    if (taken.error().code() == Code::overloaded) {
        retry_at_ = now + ports_.pace.busy;
        return ports_.pace.busy;
    }
    ports_.board.say(SourceState::waiting, taken.error().operator_text());
    ports_.rewind();
    return ports_.pace.retry;
}

void BatchDelivery::end_batch(const Result<void>& outcome) {
    const auto ended = std::exchange(in_flight_, std::nullopt);
    if (outcome.ok()) {
        durable_ = ended->after;
        if (ended->tap != nullptr) {
            for (const auto& seen : ended->seen) ended->tap->add(seen);
        }
        ports_.rejects.forget_covered(ports_.settings.topic, durable_);
        ports_.board.note();
        return;
    }
    // What is behind it is dropped too: positions only go on.
    hold_up(outcome.error().operator_text());
    ports_.rewind();
}

}  // namespace millrace::kafka
