#include "core/pipeline/intake.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <new>
#include <span>
#include <string>
#include <utility>
#include <variant>

#include "core/base/check.h"
#include "core/base/error_names.h"
#include "core/pipeline/idempotency_key.h"
#include "core/pipeline/journal_error.h"
#include "core/pipeline/outcomes.h"
#include "core/pipeline/record_form.h"
#include "core/pipeline/sink_tally.h"

namespace millrace::pipeline {
namespace {

constexpr int kTurnPolls = 4;                    // then its first requests have waited enough
constexpr std::chrono::seconds kPinnedWait(10);  // a volume comes back slowly
constexpr std::uint64_t kStepWork = 128 << 10;   // about 0.1 ms

Error too_much_waits() {
    return Error(Code::overloaded, "The disk does not keep up; try again.")
        .named(error_names::kInVolumeBusy);
}

Error memory_is_full() {
    return Error(Code::overloaded, "Too many large requests wait, please retry later.")
        .named(error_names::kInMemoryFull);
}

Error templates_busy() {
    return Error(Code::overloaded, "Too many events wait for templates, please retry later.")
        .named(error_names::kInTemplatesBusy);
}

Error key_in_flight() {
    return Error(Code::conflict, "The first request with this key has no answer yet, retry later.")
        .named(error_names::kInKeyInFlight);
}

Error key_reused() {
    return Error(Code::invalid, "The key was used for another request.")
        .named(error_names::kInKeyReused);
}

// Whether the key is new cannot be told while a volume is away, or until its source is on record
// where its rows go now.
Error keys_unavailable(KeyPlace place) {
    const bool is_away = place == KeyPlace::away;
    return Error(Code::overloaded,
                 is_away ? "A volume that may know this key is not available, retry later."
                         : "The source has moved to another volume, retry.")
        .named(error_names::kInKeysUnavailable);
}

// A sink that cannot keep what it cannot map takes none of a request with many records, as one that
// does not keep: what is refused is sent again.
void take_back_rows(Request& request, RowBatch& rows) {
    const auto& route = *request.route;
    if (request.form == RecordForm::single) return;
    if (route.settings.bad_records == BadRecords::skip) return;
    auto& outcome = request.outcome;
    RowBatch left;
    std::size_t at = 0;
    for (const auto& group : rows.groups) {
        const auto sink = std::ranges::find(route.sinks, group.sink, &SinkRoute::version);
        const auto index = static_cast<std::size_t>(sink - route.sinks.begin());
        if (index == outcome.sinks.size() || !outcome.sinks[index].is_full) {
            left.csv.append(rows.csv, at, group.bytes);
            add_rows(left, group.sink, group.rows, group.bytes);
        }
        at += group.bytes;
    }
    rows.csv = std::move(left.csv);
    rows.groups = std::move(left.groups);
    for (std::size_t i = 0; i < outcome.sinks.size(); ++i) {
        auto& sink = outcome.sinks[i];
        if (!sink.is_full) continue;
        route.sinks[i].counters->add_refused(sink.accepted);
        sink = {.rejected = outcome.records,
                .refused = true,
                .is_full = true,
                .problems = std::move(sink.problems)};
        outcome.accepted = 0;
    }
}

std::span<const Result<std::string>> span_of(
    const std::shared_ptr<const TemplateBatch::Values>& values) {
    if (values == nullptr) return {};
    return *values;
}

std::uint64_t records_of(const Acceptance& /*acceptance*/) {
    return 1;
}

std::uint64_t records_of(const BatchAcceptance& acceptance) {
    return acceptance.records;
}

}  // namespace

Intake::Intake(IntakeParts parts)
    : parts_(std::move(parts)),
      requests_(parts_.counters),
      admission_(parts_.clock, parts_.counters),
      acceptor_(parts_.rng),
      pieces_({.clock = parts_.clock,
               .run_later = [this] { parts_.post([this] { run_piece(); }); },
               .is_short_of_memory = [this] { return !pending_.has_room(); }}),
      mailbox_(parts_.post),
      readiness_(parts_.journal, parts_.clock, mailbox_) {
    for (std::size_t lane = 0; lane < parts_.journal.lanes(); ++lane) {
        batchers_.emplace_back(parts_.journal, mailbox_, lane);
    }
}

Intake::~Intake() {
    abandon();
}

void Intake::abandon() {
    requests_.close();
    mailbox_.close();
    pieces_.clear();
    pending_.clear();
}

// What came meanwhile does not wait for the piece, nor the piece for what cannot be handed over.
void Intake::run_piece() {
    try {
        flush();
    } catch (...) {
        pieces_.run();
        throw;
    }
    pieces_.run();
}

void Intake::tick(SteadyTime now) {
    readiness_.expire(now);
    pieces_.wake();
    for (auto& batcher : batchers_) batcher.tick();
    if (in_turn_) return;
    if (!pending_.is_awaited()) return flush();
    hand_over_all();
    pending_.settle();
}

void Intake::begin_turn() {
    if (in_turn_) return;
    now_ = instant_of(parts_.clock);
    accepting_ = parts_.accepting ? parts_.accepting() : Result<void>();
    parts_.post([this] { end_turn(); });
    in_turn_ = true;  // last: what throws before leaves no turn without an end
}

// Called after each poll. The stragglers of a burst come with the next one: a frame of their own
// would cost the disk as much as the whole burst, which would wait for it.
void Intake::end_turn() {
    if (std::exchange(has_news_, false) && ++polls_ < kTurnPolls && end_turn_later()) return;
    polls_ = 0;
    in_turn_ = false;
    flush();
}

// False: without memory the turn ends now.
bool Intake::end_turn_later() {
    try {
        parts_.post([this] { end_turn(); });
        return true;
    } catch (const std::bad_alloc&) {
        return false;
    }
}

Result<Admission> Intake::admit(ProjectId project, std::string_view source,
                                std::string_view secret) {
    auto admission = admission_.admit(project, source, secret);
    if (!admission.ok()) return admission;
    begin_turn();
    if (!accepting_.ok()) return told_of_journal(accepting_.error());
    auto& admitted = admission.value();
    admitted.over_rate = admission_.over_rate(**admitted.route);
    return admission;
}

void Intake::submit(const Admission& admission, const Record& record, const Wishes& wishes,
                    Listener& listener) {
    check(is_current(admission), "a request was admitted by other routes");
    auto request = requests_.make(*admission.route, listener);
    begin_turn();  // the body may have come turns after the head
    request->record = record;
    request->record.arrived_at = now_.wall;
    request->record.age = now_.age;
    request->has_record = true;
    if (!accepting_.ok()) return request->turn_back(told_of_journal(accepting_.error()));

    const auto& route = *request->route;
    parts_.counters.bytes.add(record.body.size());
    if (route.rates != nullptr) route.rates->spend(1, record.body.size(), parts_.clock.steady());
    request->form = record_form(wishes.form, record.content_type, route.settings);
    request->ack = wishes.ack;
    request->has_company = wishes.has_company;
    if (!claim_key(*request, wishes)) return;
    if (!route.mapper.templates()->empty()) return collect(std::move(request));
    map(std::move(request), {});
}

// Whether rows of the source are taken now, if it has a volume of its own. Else the request has
// ended.
bool Intake::has_place(Request& request) {
    if (!parts_.accepting_of) return true;
    auto taken = parts_.accepting_of(request.route->key.source);
    if (taken.ok()) return true;
    parts_.counters.failed.add();
    request.turn_back(std::move(taken).error(), kPinnedWait);
    return false;
}

// Claims the key of the request, if it has one. False: the request is not new, its key is bad, or
// its rows have no place, and it has ended.
bool Intake::claim_key(Request& request, const Wishes& wishes) {
    const auto& route = *request.route;
    const auto& settings = wishes.keys == nullptr ? route.idempotency : *wishes.keys;
    const auto found = find_idempotency_key(request.record.headers, settings.header);
    if (!found.ok()) {
        request.turn_back(found.error());
        return false;
    }
    const auto key = found.value() ? std::string_view(*found.value()) : wishes.key;
    if (key.empty()) return has_place(request);
    // A key in the body is the event's own: what is around it may differ from one delivery to the
    // next.
    const bool is_of_body = !found.value();
    auto verdict = parts_.window.begin(
        request_key(route.key_scope, key, is_of_body ? Record{} : request.record, request.form),
        now_.age);
    if (auto* const claim = std::get_if<IdempotencyWindow::Claim>(&verdict)) {
        if (!has_place(request)) return false;
        const auto lane = lane_of(route);
        const auto place =
            parts_.key_homes.ask(route.key_scope, parts_.journal.volume_at(lane), settings.window);
        if (place != KeyPlace::here) {
            const std::chrono::seconds wait(place == KeyPlace::away ? 30 : 1);
            parts_.counters.failed.add();
            request.turn_back(keys_unavailable(place), wait);
            return false;
        }
        request.once.emplace(Once{.claim = std::move(*claim),
                                  .expires_at = now_.age + settings.window,
                                  .keys_max = settings.keys_max,
                                  .lane = lane});
        return true;
    }
    if (const auto* const first = std::get_if<std::string>(&verdict)) {
        request.replay(*first);
    } else if (std::holds_alternative<IdempotencyWindow::InFlight>(verdict)) {
        request.turn_back(key_in_flight(), std::chrono::seconds(1));
    } else {
        request.turn_back(key_reused());
    }
    return false;
}

std::size_t Intake::lane_of(const SourceRoute& route) const {
    return batchers_.size() == 1 ? 0 : parts_.journal.lane_of(route.key.source);
}

Batcher& Intake::batcher_of(const Request& request) {
    return batchers_[request.once ? request.once->lane : lane_of(*request.route)];
}

// Lets the work of the request, of which a piece is done, go on at later turns. `end` has the
// request, the work and what its last step said.
template <typename Work, typename End>
void Intake::go_on_in_pieces(RequestPtr request, std::shared_ptr<Work> work, End end) {
    request->hold_record();
    work->move_to(request->record);
    request->bytes_elsewhere = work->bytes();
    const auto address = address_of(*request->route);
    const auto id = pending_.add(std::move(request));
    const auto step = [this, id, work, end] {
        Result<bool> is_done = false;
        try {
            is_done = work->go_on(kStepWork);
        } catch (...) {
            resume(id, [](RequestPtr) {});
            throw;
        }
        if (is_done.ok() && !is_done.value()) {
            pending_.set_bytes_elsewhere(id, work->bytes());
            return false;
        }
        resume(id, [&](RequestPtr then) { end(std::move(then), *work, is_done); });
        return true;
    };
    try {
        pieces_.add(address, step);
    } catch (...) {
        resume(id, [](RequestPtr) {});
        throw;
    }
}

// Takes a pending request out and lets it go on. A change of its source that waits for it goes on
// then, whatever becomes of the request.
template <typename GoOn>
void Intake::resume(Id id, GoOn go_on) {
    auto request = pending_.take(id);
    if (request == nullptr) return;
    const auto address = address_of(*request->route);
    try {
        begin_turn();
        go_on(std::move(request));
    } catch (...) {
        request.reset();
        settle(address);
        throw;
    }
    request.reset();
    settle(address);
}

// Lets a change of the source go on that waited for the last of its pending requests.
void Intake::settle(const SourceAddress& address) {
    if (!pending_.is_awaited(address)) return;
    hand_over_all();
    pending_.settle();
}

// Gathers what templates need of the request's records; it goes on in evaluate().
void Intake::collect(RequestPtr request) {
    const auto& route = *request->route;
    if (request->form == RecordForm::single &&
        parts_.evaluator.is_busy(route.key.project, *route.mapper.templates())) {
        return map_without_values(std::move(request), templates_busy());
    }
    auto inputs = std::exchange(spare_inputs_, nullptr);
    if (inputs == nullptr) inputs = std::make_unique<TemplateInputs>(parts_.rng);
    const auto begun = inputs->begin(request->record, request->form, route);
    const auto collected =
        begun.ok() ? pieces_.begin([&] { return inputs->go_on(kStepWork); }) : begun.error();
    if (!collected.ok() || collected.value()) {
        evaluate(std::move(request), *inputs, collected);
        spare_inputs_ = std::move(inputs);
        return;
    }
    if (!has_room_for(*request)) return map_without_values(std::move(request), templates_busy());
    go_on_in_pieces(std::move(request), std::shared_ptr<TemplateInputs>(std::move(inputs)),
                    [this](RequestPtr then, TemplateInputs& all, const Result<bool>& is_done) {
                        evaluate(std::move(then), all, is_done);
                    });
}

// Lets the templates of the request be evaluated; then it is mapped.
void Intake::evaluate(RequestPtr request, TemplateInputs& inputs, const Result<bool>& collected) {
    if (!collected.ok() && collected.error().code() == Code::too_large) {
        tally_refused(*request->route);
        return request->refuse(collected.error());
    }
    auto batch = inputs.take();
    if (!collected.ok() || batch.records.empty()) {  // to be answered without values
        return map_many(std::move(request), {});
    }
    if (!has_room_for(*request)) {
        return map_without_values(std::move(request), templates_busy());
    }
    if (!request->waits_as) request->hold_record();
    request->bytes_elsewhere = bytes_of(batch);
    const auto id = pending_.add(std::move(request));
    const auto fail_with = [&](const Error& error) {
        resume(id, [&](RequestPtr then) { map_without_values(std::move(then), error); });
    };
    try {
        auto evaluated = mailbox_.on_loop([this, id](const Values& values) {
            resume(id, [&](RequestPtr then) {
                if (!accepting_.ok()) {
                    return then->turn_back(told_of_journal(accepting_.error()));
                }
                map(std::move(then), values);
            });
        });
        batch.done = [evaluated = std::move(evaluated)](TemplateBatch::Values values) {
            evaluated(Values(std::make_shared<TemplateBatch::Values>(std::move(values))));
        };
        const auto submitted = parts_.evaluator.submit(std::move(batch));
        if (!submitted.ok()) fail_with(submitted.error());
    } catch (...) {
        resume(id, [](RequestPtr) {});
        throw;
    }
}

// Whether the request may wait; one that has waited before has its place.
bool Intake::has_room_for(const Request& request) const {
    return request.waits_as || request.has_company || pending_.has_room();
}

// The sinks without such templates get their rows all the same.
void Intake::map_without_values(RequestPtr request, const Error& error) {
    const auto templates = request->route->mapper.templates()->size();
    const auto values = std::make_shared<const TemplateBatch::Values>(templates, error);
    map(std::move(request), values);  // the same for all records
}

void Intake::map(RequestPtr request, const Values& values) {
    if (request->form == RecordForm::single) return map_one(std::move(request), values);
    map_many(std::move(request), values);
}

void Intake::map_one(RequestPtr request, const Values& values) {
    auto& batcher = batcher_of(*request);
    RowSlot slot(batcher.open(now_));
    auto& acceptance =
        acceptor_.accept(request->record, *request->route, slot.batch(), span_of(values));
    end_mapping(std::move(request), batcher, slot, acceptance);
}

std::unique_ptr<BatchAcceptor> Intake::new_acceptor() {
    const BatchAcceptor::Limits limits{.bytes_max = parts_.journal.batch_bytes_max(),
                                       .rows_max = parts_.request_rows_max};
    return std::make_unique<BatchAcceptor>(acceptor_, limits);
}

void Intake::map_many(RequestPtr request, const Values& values) {
    auto acceptor = std::exchange(spare_acceptor_, nullptr);
    if (acceptor == nullptr) acceptor = new_acceptor();
    const auto begun =
        acceptor->begin(request->record, request->form, *request->route, span_of(values));
    const auto mapped =
        begun.ok() ? pieces_.begin([&] { return acceptor->go_on(kStepWork); }) : begun.error();
    if (!mapped.ok() || mapped.value()) {
        end_many(std::move(request), *acceptor, mapped);
        if (mapped.ok()) spare_acceptor_ = std::move(acceptor);
        return;
    }
    if (!has_room_for(*request)) return request->fail(memory_is_full());
    go_on_in_pieces(
        std::move(request), std::shared_ptr<BatchAcceptor>(std::move(acceptor)),
        // `values` are seen by the acceptor
        [this, values](RequestPtr then, BatchAcceptor& all, const Result<bool>& is_done) {
            if (!accepting_.ok()) {
                return then->turn_back(told_of_journal(accepting_.error()));
            }
            end_many(std::move(then), all, is_done);
        });
}

// All records of the request are mapped, or it has failed as a whole.
void Intake::end_many(RequestPtr request, BatchAcceptor& acceptor, const Result<bool>& mapped) {
    const auto& route = *request->route;
    if (!mapped.ok()) {
        tally_refused(route);
        return request->refuse(mapped.error());
    }
    auto& batcher = batcher_of(*request);
    RowSlot slot(batcher.open(now_));
    auto& acceptance = acceptor.finish(slot.batch());
    if (route.rates != nullptr && acceptance.records > 1) {  // the first is paid
        route.rates->spend(acceptance.records - 1, 0, parts_.clock.steady());
    }
    end_mapping(std::move(request), batcher, slot, acceptance);
}

// What becomes of each record is known, and the rows are in the slot.
template <typename Acceptance>
void Intake::end_mapping(RequestPtr&& request, Batcher& batcher, RowSlot& slot,
                         Acceptance& acceptance) {
    const auto& route = *request->route;
    const bool has_rejects = !acceptance.rejects.items.empty();
    // It is to be sent again, and must not find rows of its own then.
    const bool is_busy = acceptance.is_busy && request->once;
    // Rejects are kept before the journal is asked for room.
    const bool has_room = has_room_for(*request) && (request->has_company || !batcher.is_waiting());
    if (is_busy || (has_rejects && !has_room)) {
        slot.discard();
        request->outcome.records = records_of(acceptance);
        return request->fail(acceptance.is_busy ? templates_busy() : too_much_waits());
    }
    tally(route, acceptance);
    if (!batcher.fits(slot)) {
        slot.discard();
        return request->refuse(rows_too_large(parts_.journal.batch_bytes_max()));
    }
    set_outcome(request->outcome, route, acceptance, request->ack);
    request->leave_record();
    if (request->bytes() > 0) request->release_record();  // it was held, and may be large
    if (has_rejects) return keep_rejects(std::move(request), std::move(acceptance.rejects), slot);
    if (acceptance.has_rows()) {
        has_news_ = true;
        return batcher.add(slot, std::move(request));
    }
    slot.discard();
    request->end({.ticket = {}, .arrived_at = now_.wall});
}

// A change of the source waits for it as for any pending request.
void Intake::keep_rejects(RequestPtr request, RejectGroup rejects, RowSlot& slot) {
    request->rows = std::make_unique<RowBatch>(slot.take());
    auto bytes = request->rows->csv.size();
    for (const auto& item : rejects.items) bytes += item.reject.bytes();
    request->bytes_elsewhere = bytes;
    request->release_record();
    const RejectTally tally(*request->route, rejects);
    const auto id = pending_.add(std::move(request));
    try {
        auto done = mailbox_.on_loop([this, id](RejectOutcome outcome) {
            resume(id, [&](RequestPtr then) { rejects_done(std::move(then), outcome); });
        });
        parts_.rejects.submit(std::move(rejects),
                              [tally, done = std::move(done)](RejectOutcome outcome) {
                                  if (outcome != RejectOutcome::kept) tally.add_refused();
                                  done(outcome);
                              });
    } catch (...) {
        resume(id, [](RequestPtr) {});
        throw;
    }
}

void Intake::rejects_done(RequestPtr request, RejectOutcome outcome) {
    if (outcome == RejectOutcome::failed) return request->fail(rejects_unavailable());
    const auto rows = std::exchange(request->rows, nullptr);
    if (outcome == RejectOutcome::full) {
        request->outcome.refuse_kept();
        take_back_rows(*request, *rows);
        request->outcome.is_stored = !rows->groups.empty();
    }
    const bool has_rows = !rows->groups.empty();
    const bool is_remembered = request->once && outcome == RejectOutcome::kept;
    if (!has_rows && !is_remembered) {
        return request->end({.ticket = {}, .arrived_at = rows->arrived_at});
    }
    auto& batcher = batcher_of(*request);
    RowSlot slot(batcher.open(now_));
    append(slot.batch(), *rows);
    has_news_ = true;
    batcher.add(slot, std::move(request));
}

void Intake::flush() {
    for (auto& batcher : batchers_) batcher.flush();
}

// Before a change of a route: no row of the old one comes to the journal from now on.
void Intake::hand_over_all() {
    flush();
    for (auto& batcher : batchers_) batcher.give_up_waiting();
}

void Intake::ask_ready(Readiness::Done done) {
    begin_turn();
    if (!accepting_.ok()) return done(told_of_journal(accepting_.error()));
    readiness_.ask(std::move(done), now_);
}

void Intake::set_route(const SourceAddress& address, std::shared_ptr<const SourceRoute> route,
                       std::function<void()> served) {
    hand_over_all();
    admission_.set_route(address, std::move(route));
    pending_.when_empty(address, std::move(served));
}

}  // namespace millrace::pipeline
