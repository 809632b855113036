#include "api/ingest/intake.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <new>
#include <utility>

#include "api/ingest/batch_report.h"
#include "api/ingest/replay.h"
#include "api/ingest/sink_tally.h"
#include "core/base/check.h"
#include "core/mapping/media_type.h"
#include "core/pipeline/idempotency_key.h"

namespace millrace::ingest {
namespace {

constexpr int kTurnPolls = 4;                   // then its first requests have waited enough
constexpr std::uint64_t kStepWork = 128 << 10;  // about 0.1 ms

Error too_much_waits() {
    return Error(Code::overloaded, "The disk does not keep up; try again.")
        .named("stream.in.volumeBusy");
}

Error memory_is_full() {
    return Error(Code::overloaded, "Too many large requests wait, please retry later.")
        .named("stream.in.memoryFull");
}

Error request_failed() {
    return Error(Code::internal, "The request could not be served, nothing of it is stored.");
}

Error templates_busy() {
    return Error(Code::overloaded, "Too many events wait for templates, please retry later.")
        .named("stream.in.templatesBusy");
}

RecordForm form_of(const Admission& admission, const Record& request,
                   const SourceSettings& settings) {
    if (admission.form) return *admission.form;
    const bool is_lines =
        mapping::media_type_of(request.content_type) == mapping::MediaType::json_lines;
    return is_lines ? RecordForm::lines : settings.records;
}

std::span<const Result<std::string>> span_of(
    const std::shared_ptr<const TemplateBatch::Values>& values) {
    if (values == nullptr) return {};
    return *values;
}

}  // namespace

// Who asks, and what he has said about the answer.
struct Intake::Caller {
    Requester* requester = nullptr;
    Asked asked = {};
    std::unique_ptr<KeyedRequest> keyed = nullptr;  // null: without a key
    std::optional<Parking::Id> parked_as = {};      // it has been parked before
};

// A request with a key whose rows wait until its rejects are kept.
struct Intake::Held {
    Requester* requester = nullptr;
    std::unique_ptr<KeyedRequest> keyed;
    RowBatch rows;
    SharedRoute route;
    Keeping::Endings endings;
};

// A request with many records that is mapped in pieces.
struct Intake::Mapping {
    std::unique_ptr<pipeline::BatchAcceptor> acceptor;
    Values values;
};

// A request with many records that are collected for templates in pieces.
struct Intake::Collecting {
    std::unique_ptr<pipeline::TemplateInputs> inputs;
};

Intake::Intake(IntakeParts parts)
    : parts_(std::move(parts)),
      gate_(parts_.clock, parts_.counters),
      acceptor_(parts_.rng),
      pieces_({.clock = parts_.clock,
               .run_later = [this] { parts_.post([this] { run_piece(); }); },
               .is_short_of_memory = [this] { return !parking_.has_room(); }}),
      mailbox_(parts_.post),
      answerer_(parts_.counters),
      probes_(parts_.journal, parts_.clock, mailbox_) {
    for (std::size_t lane = 0; lane < parts_.journal.lanes(); ++lane) {
        batchers_.emplace_back(
            Batcher::Surroundings{
                .journal = parts_.journal, .answerer = answerer_, .mailbox = mailbox_},
            lane);
    }
}

Intake::~Intake() {
    abandon();
}

void Intake::abandon() {
    mailbox_.close();
    pieces_.clear();
    parking_.clear();
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
    probes_.expire(now);
    pieces_.wake();
    if (!in_turn_) flush();
}

void Intake::begin_turn() {
    if (in_turn_) return;
    now_ = instant_of(parts_.clock);
    accepting_ = parts_.accepting ? parts_.accepting() : Result<void>();
    parts_.post([this] { end_turn(); });
    in_turn_ = true;  // last: what throws before leaves no turn that nobody ends
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

std::variant<Answer, Admission> Intake::admit(const Target& target) {
    const auto admission = gate_.admit(target);
    if (!admission.ok()) return error_answer(admission.error());
    begin_turn();
    if (!accepting_.ok()) return journal_error_answer(accepting_.error());
    if (auto refusal = gate_.over_rate(**admission.value().route)) return std::move(*refusal);
    return admission.value();
}

void Intake::take(const Admission& admission, Record record, Requester& requester) {
    check(is_current(admission), "a request was admitted by other routes");
    const auto& shared = *admission.route;
    const auto& route = *shared;
    begin_turn();  // the body may have come turns after the head
    if (!accepting_.ok()) return requester.reply(journal_error_answer(accepting_.error()));

    if (route.rates != nullptr) route.rates->spend(1, record.body.size(), parts_.clock.steady());
    record.arrived_at = now_.wall;
    record.age = now_.age;
    const auto form = form_of(admission, record, route.settings);
    Caller caller{.requester = &requester, .asked = admission.asked};
    if (!claim_key(route, record, form, caller)) return;
    if (!route.mapper.templates()->empty()) {
        return collect(shared, record, form, std::move(caller));
    }
    if (form == RecordForm::single) return take_one(shared, record, {}, std::move(caller));
    take_many(shared, record, form, {}, std::move(caller));
}

// Claims the key of the request, if it has one. False: the request is not new, or its key is bad,
// and it is answered.
bool Intake::claim_key(const pipeline::SourceRoute& route, const Record& request, RecordForm form,
                       Caller& caller) {
    using pipeline::IdempotencyWindow;
    const auto& settings = route.idempotency;
    const auto key = pipeline::find_idempotency_key(request.headers, settings.header);
    if (!key.ok()) {
        caller.requester->reply(error_answer(key.error()));
        return false;
    }
    if (!key.value()) return true;
    auto verdict = parts_.window.begin(
        pipeline::request_key(route.key_scope, *key.value(), request, form), now_.age);
    if (auto* const claim = std::get_if<IdempotencyWindow::Claim>(&verdict)) {
        const auto lane = lane_of(route);
        const auto place =
            parts_.key_homes.ask(route.key_scope, parts_.journal.volume_at(lane), settings.window);
        if (place != pipeline::KeyPlace::here) {
            parts_.counters.failed.add();
            caller.requester->reply(keys_unavailable(place));
            return false;
        }
        caller.keyed =
            std::make_unique<KeyedRequest>(KeyedRequest{.claim = std::move(*claim),
                                                        .expires_at = now_.age + settings.window,
                                                        .keys_max = settings.keys_max,
                                                        .lane = lane});
        return true;
    }
    if (const auto* const first = std::get_if<std::string>(&verdict)) {
        auto again = replayed(*first);
        parts_.counters.duplicate.add(again.records);
        tally_duplicates(route, again.records);
        caller.requester->reply(again.answer);
        return false;
    }
    const bool is_in_flight = std::holds_alternative<IdempotencyWindow::InFlight>(verdict);
    caller.requester->reply(is_in_flight ? key_in_flight() : key_reused());
    return false;
}

std::size_t Intake::lane_of(const pipeline::SourceRoute& route) const {
    return batchers_.size() == 1 ? 0 : parts_.journal.lane_of(route.key.source);
}

Batcher& Intake::batcher_of(const pipeline::SourceRoute& route, const KeyedRequest* keyed) {
    return batchers_[keyed != nullptr ? keyed->lane : lane_of(route)];
}

// Keeps the request until it goes on; of one that was parked before this is the same stay.
const ParkedRequest& Intake::park(Parking::Id& id, const SharedRoute& route, const Record& request,
                                  RecordForm form, Caller caller) {
    auto parked = std::make_unique<ParkedRequest>(
        request,
        pipeline::SourceAddress{.project = route->key.project, .source = route->key.source});
    const auto& kept = *parked;
    parked->route = route;
    parked->form = form;
    parked->asked = caller.asked;
    parked->requester = caller.requester;
    parked->keyed = std::move(caller.keyed);
    id = caller.parked_as ? parking_.park_again(*caller.parked_as, std::move(parked))
                          : parking_.park(std::move(parked));
    return kept;
}

Intake::Caller Intake::caller_of(Parking::Id id, ParkedRequest& parked) {
    return {.requester = parked.requester,
            .asked = parked.asked,
            .keyed = std::move(parked.keyed),
            .parked_as = id};
}

// Gathers what templates need of the request's records; it goes on in evaluate().
void Intake::collect(const SharedRoute& route, const Record& request, RecordForm form,
                     Caller caller) {
    if (form == RecordForm::single &&
        parts_.evaluator.is_busy(route->key.project, *route->mapper.templates())) {
        return take_without_values(route, request, form, templates_busy(), std::move(caller));
    }
    auto inputs = std::exchange(spare_inputs_, nullptr);
    if (inputs == nullptr) inputs = std::make_unique<pipeline::TemplateInputs>(parts_.rng);
    const auto begun = inputs->begin(request, form, *route);
    const auto collected =
        begun.ok() ? pieces_.begin([&] { return inputs->go_on(kStepWork); }) : begun.error();
    if (!collected.ok() || collected.value()) {
        evaluate(route, request, form, *inputs, collected, std::move(caller));
        spare_inputs_ = std::move(inputs);
        return;
    }
    if (!parking_.has_room()) {
        return take_without_values(route, request, form, templates_busy(), std::move(caller));
    }
    Parking::Id id = 0;
    const auto& parked = park(id, route, request, form, std::move(caller));
    inputs->move_to(parked.record());
    const auto collecting = std::make_shared<Collecting>(Collecting{.inputs = std::move(inputs)});
    pieces_.add(parked.address, [this, id, collecting] { return collect_on(id, *collecting); });
}

bool Intake::collect_on(Parking::Id id, Collecting& collecting) {
    auto& inputs = *collecting.inputs;
    const auto collected = step_of(id, inputs);
    if (collected.ok() && !collected.value()) {
        parking_.set_bytes_elsewhere(id, inputs.bytes());
        return false;
    }
    const auto parked = parking_.take(id);
    begin_turn();
    evaluate(parked->route, parked->record(), parked->form, inputs, collected,
             caller_of(id, *parked));
    settle(parked->address);
    return true;
}

// Lets the templates of the request be evaluated; it goes on in unpark().
void Intake::evaluate(const SharedRoute& route, const Record& request, RecordForm form,
                      pipeline::TemplateInputs& inputs, const Result<bool>& collected,
                      Caller caller) {
    if (!collected.ok() && collected.error().code() == Code::too_large) {
        parts_.counters.rejected.add();
        tally_refused(*route);
        return caller.requester->reply(error_answer(collected.error()));
    }
    auto batch = inputs.take();
    if (!collected.ok() || batch.records.empty()) {  // to be answered without values
        return take_many(route, request, form, {}, std::move(caller));
    }
    if (!caller.parked_as && !parking_.has_room()) {
        return take_without_values(route, request, form, templates_busy(), std::move(caller));
    }
    Parking::Id id = 0;
    park(id, route, request, form, std::move(caller));
    parking_.set_bytes_elsewhere(id, pipeline::bytes_of(batch));
    auto evaluated = mailbox_.on_loop([this, id](const Values& values) { unpark(id, values); });
    batch.done = [evaluated = std::move(evaluated)](TemplateBatch::Values values) {
        evaluated(Values(std::make_shared<TemplateBatch::Values>(std::move(values))));
    };
    const auto submitted = parts_.evaluator.submit(std::move(batch));
    if (submitted.ok()) return;
    const auto parked = parking_.take(id);
    take_without_values(route, request, form, submitted.error(), caller_of(id, *parked));
}

// The sinks without such templates get their rows all the same.
void Intake::take_without_values(const SharedRoute& route, const Record& request, RecordForm form,
                                 const Error& error, Caller caller) {
    auto values = std::make_shared<const TemplateBatch::Values>(route->mapper.templates()->size(),
                                                                error);  // the same for all records
    if (form == RecordForm::single) return take_one(route, request, values, std::move(caller));
    take_many(route, request, form, std::move(values), std::move(caller));
}

void Intake::unpark(Parking::Id id, Values values) {
    const auto parked = parking_.take(id);
    if (parked == nullptr) return;
    begin_turn();
    auto caller = caller_of(id, *parked);
    if (!accepting_.ok()) {
        caller.requester->reply(journal_error_answer(accepting_.error()));
    } else if (parked->form == RecordForm::single) {
        take_one(parked->route, parked->record(), values, std::move(caller));
    } else {
        take_many(parked->route, parked->record(), parked->form, std::move(values),
                  std::move(caller));
    }
    settle(parked->address);
}

// A request has left the parking: lets a change of its source go on that waited for the last one.
void Intake::settle(const pipeline::SourceAddress& address) {
    if (!parking_.is_awaited(address)) return;
    flush();
    parking_.settle();
}

void Intake::take_one(const SharedRoute& route, const Record& record, const Values& values,
                      Caller caller) {
    auto& batcher = batcher_of(*route, caller.keyed.get());
    auto& batch = batcher.open(now_);
    const auto mark = pipeline::mark_of(batch);
    auto& acceptance = acceptor_.accept(record, *route, batch, span_of(values));
    if (caller.keyed && is_unfit(acceptance)) {
        return refuse_whole(acceptance, batch, mark, 1, caller);
    }
    tally(*route, acceptance);
    if (caller.keyed && !acceptance.rejects.items.empty()) {
        return hold(route, acceptance, pipeline::split_off(batch, mark), std::move(caller));
    }
    if (!batcher.fit(mark)) {
        parts_.counters.rejected.add();
        return caller.requester->reply(journal_error_answer(Error(Code::too_large, "")));
    }
    wait(route, batcher, acceptance, acceptance.rows > 0, std::move(caller));
}

std::unique_ptr<pipeline::BatchAcceptor> Intake::new_acceptor() {
    const pipeline::BatchAcceptor::Limits limits{.bytes_max = parts_.journal.batch_bytes_max(),
                                                 .rows_max = parts_.request_rows_max};
    return std::make_unique<pipeline::BatchAcceptor>(acceptor_, limits);
}

void Intake::take_many(const SharedRoute& route, const Record& request, RecordForm form,
                       Values values, Caller caller) {
    auto acceptor = std::exchange(spare_acceptor_, nullptr);
    if (acceptor == nullptr) acceptor = new_acceptor();
    const auto begun = acceptor->begin(request, form, *route, span_of(values));
    const auto mapped =
        begun.ok() ? pieces_.begin([&] { return acceptor->go_on(kStepWork); }) : begun.error();
    if (!mapped.ok() || mapped.value()) {
        end_many(route, *acceptor, mapped, std::move(caller));
        if (mapped.ok()) spare_acceptor_ = std::move(acceptor);
        return;
    }
    if (!caller.parked_as && !parking_.has_room()) {
        parts_.counters.failed.add();
        return caller.requester->reply(error_answer(memory_is_full()));
    }
    Parking::Id id = 0;
    const auto& parked = park(id, route, request, form, std::move(caller));
    acceptor->move_to(parked.record());
    parking_.set_bytes_elsewhere(id, acceptor->bytes());
    const auto mapping = std::make_shared<Mapping>(
        Mapping{.acceptor = std::move(acceptor), .values = std::move(values)});
    pieces_.add(parked.address, [this, id, mapping] { return map_on(id, *mapping); });
}

// One step of the work of a parked request. If it throws, the request ends here: there is nobody
// else who would end it.
template <typename Work>
Result<bool> Intake::step_of(Parking::Id id, Work& work) {
    try {
        return work.go_on(kStepWork);
    } catch (...) {
        const auto parked = parking_.take(id);
        parts_.counters.failed.add();
        parked->keyed.reset();
        parked->requester->reply(error_answer(request_failed()));
        settle(parked->address);
        throw;
    }
}

bool Intake::map_on(Parking::Id id, Mapping& mapping) {
    auto& acceptor = *mapping.acceptor;
    const auto mapped = step_of(id, acceptor);
    if (mapped.ok() && !mapped.value()) {
        parking_.set_bytes_elsewhere(id, acceptor.bytes());
        return false;
    }
    const auto parked = parking_.take(id);
    begin_turn();
    if (!accepting_.ok()) {
        parked->requester->reply(journal_error_answer(accepting_.error()));
    } else {
        end_many(parked->route, acceptor, mapped, caller_of(id, *parked));
    }
    settle(parked->address);
    return true;
}

// All records of the request are mapped, or it has failed as a whole.
void Intake::end_many(const SharedRoute& route, pipeline::BatchAcceptor& acceptor,
                      const Result<bool>& mapped, Caller caller) {
    if (!mapped.ok()) {
        parts_.counters.rejected.add();
        tally_refused(*route);
        return caller.requester->reply(error_answer(mapped.error()));
    }
    auto& batcher = batcher_of(*route, caller.keyed.get());
    auto& batch = batcher.open(now_);
    const auto mark = pipeline::mark_of(batch);
    auto& acceptance = acceptor.finish(batch);
    if (caller.keyed && is_unfit(acceptance)) {
        return refuse_whole(acceptance, batch, mark, acceptance.records, caller);
    }
    tally(*route, acceptance);
    if (route->rates != nullptr && acceptance.records > 1) {  // the first is paid
        route->rates->spend(acceptance.records - 1, 0, parts_.clock.steady());
    }
    if (caller.keyed && !acceptance.rejects.items.empty()) {
        return hold(route, acceptance, pipeline::split_off(batch, mark), std::move(caller));
    }
    check(batcher.fit(mark), "the rows of a request are over their limit");
    wait(route, batcher, acceptance, acceptance.has_rows(), std::move(caller));
}

// Whether a request with a key cannot be taken whole now. It is to be sent again with its key, and
// must not find rows of its own then.
template <typename Acceptance>
bool Intake::is_unfit(const Acceptance& acceptance) const {
    return acceptance.is_busy || (!acceptance.rejects.items.empty() && !parking_.has_room());
}

template <typename Acceptance>
void Intake::refuse_whole(const Acceptance& acceptance, RowBatch& batch,
                          const pipeline::BatchMark& mark, std::uint64_t records,
                          const Caller& caller) {
    pipeline::split_off(batch, mark);
    parts_.counters.failed.add(records);
    caller.requester->reply(error_answer(acceptance.is_busy ? templates_busy() : too_much_waits()));
}

template <typename Acceptance>
Keeping::Endings Intake::endings_of(const SharedRoute& route, const Acceptance& acceptance,
                                    const Asked& asked, bool has_rows) {
    const auto with = [&](pipeline::RejectOutcome rejects) {
        auto ending = ending_of(route, acceptance, rejects, asked);
        ending.has_receipt = has_rows || rejects == pipeline::RejectOutcome::kept;
        return ending;
    };
    return {.kept = with(pipeline::RejectOutcome::kept),
            .full = with(pipeline::RejectOutcome::full),
            .failed = with(pipeline::RejectOutcome::failed)};
}

// Answers the caller when its rows are in the journal and its rejects in their store.
template <typename Acceptance>
void Intake::wait(const SharedRoute& route, Batcher& batcher, Acceptance& acceptance, bool has_rows,
                  Caller caller) {
    using pipeline::RejectOutcome;
    const Place place{.ticket = {}, .arrived_at = now_.wall};
    auto ending = ending_of(route, acceptance, RejectOutcome::kept, caller.asked);
    ending.has_receipt = has_rows;
    if (acceptance.rejects.items.empty()) {
        if (has_rows) {
            return wait_for_journal(batcher, {.requester = caller.requester,
                                              .ending = std::move(ending),
                                              .keyed = std::move(caller.keyed)});
        }
        ending.has_no_sink = route->sinks.empty();
        if (ending.has_no_sink) parts_.counters.no_sink.add(std::exchange(ending.accepted, 0));
        return answerer_.end(ending, place, *caller.requester);
    }
    const auto keeping = std::make_shared<Keeping>(
        answerer_, *caller.requester, endings_of(route, acceptance, caller.asked, has_rows), place,
        has_rows);
    submit_rejects(
        *route, std::move(acceptance.rejects),
        mailbox_.on_loop([keeping](RejectOutcome outcome) { keeping->rejects_done(outcome); }));
    if (has_rows) wait_for_journal(batcher, {.requester = caller.requester, .keeping = keeping});
}

void Intake::wait_for_journal(Batcher& batcher, WaitingRequest request) {
    has_news_ = true;
    batcher.wait(std::move(request));
}

void Intake::submit_rejects(const pipeline::SourceRoute& route, RejectGroup rejects,
                            std::function<void(pipeline::RejectOutcome)> then) {
    auto done = [tally = RejectTally(route, rejects),
                 then = std::move(then)](pipeline::RejectOutcome outcome) {
        if (outcome != pipeline::RejectOutcome::kept) tally.add_refused();
        then(outcome);
    };
    parts_.rejects.submit(std::move(rejects), std::move(done));
}

// Keeps the rejects of a request with a key before its rows and its answer go to the journal: which
// answer it is, only their store can tell, and if the store fails the request is to be sent again
// and must not find rows of its own. A change of the source waits for it as for a parked one.
template <typename Acceptance>
void Intake::hold(const SharedRoute& route, Acceptance& acceptance, RowBatch rows, Caller caller) {
    using pipeline::RejectOutcome;
    const bool has_rows = !rows.groups.empty();
    const auto held = std::make_shared<Held>(
        Held{.requester = caller.requester,
             .keyed = std::move(caller.keyed),
             .rows = std::move(rows),
             .route = route,
             .endings = endings_of(route, acceptance, caller.asked, has_rows)});
    auto parked = std::make_unique<ParkedRequest>(
        Record{},
        pipeline::SourceAddress{.project = route->key.project, .source = route->key.source});
    parked->bytes_elsewhere = held->rows.csv.size();
    for (const auto& item : acceptance.rejects.items) {
        parked->bytes_elsewhere += item.reject.bytes();
    }
    // A change of the source that waits for it goes on waiting.
    const auto id = caller.parked_as ? parking_.park_again(*caller.parked_as, std::move(parked))
                                     : parking_.park(std::move(parked));
    submit_rejects(*route, std::move(acceptance.rejects),
                   mailbox_.on_loop(
                       [this, id, held](RejectOutcome outcome) { end_hold(id, *held, outcome); }));
}

void Intake::end_hold(Parking::Id id, Held& held, pipeline::RejectOutcome outcome) {
    const auto parked = parking_.take(id);
    if (parked == nullptr) return;
    begin_turn();
    if (outcome == pipeline::RejectOutcome::failed) {
        const auto& ending = held.endings.failed;
        parts_.counters.failed.add(ending.accepted + ending.rejected);
        held.keyed.reset();
        held.requester->reply(error_answer(pipeline::rejects_unavailable()));
        return settle(parked->address);
    }
    const bool is_kept = outcome == pipeline::RejectOutcome::kept;
    auto& ending = is_kept ? held.endings.kept : held.endings.full;
    const bool has_rows = !held.rows.groups.empty();
    auto& batcher = batcher_of(*held.route, held.keyed.get());
    auto& batch = batcher.open(now_);
    const auto mark = pipeline::mark_of(batch);
    pipeline::append(batch, held.rows);
    if (!batcher.fit(mark)) {
        parts_.counters.rejected.add();
        held.requester->reply(journal_error_answer(Error(Code::too_large, "")));
    } else if (has_rows || is_kept) {
        wait_for_journal(batcher, {.requester = held.requester,
                                   .ending = std::move(ending),
                                   .keyed = std::move(held.keyed)});
    } else {
        answerer_.end(ending, {}, *held.requester);
    }
    settle(parked->address);
}

void Intake::flush() {
    for (auto& batcher : batchers_) batcher.flush();
}

void Intake::probe(Requester& requester) {
    begin_turn();
    if (!accepting_.ok()) return requester.reply(journal_error_answer(accepting_.error()));
    probes_.add(requester, now_);
}

void Intake::set_route(const pipeline::SourceAddress& address,
                       std::shared_ptr<const pipeline::SourceRoute> route,
                       std::function<void()> served) {
    flush();
    gate_.set_route(address, std::move(route));
    parking_.when_empty(address, std::move(served));
}

}  // namespace millrace::ingest
