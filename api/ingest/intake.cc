#include "api/ingest/intake.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "api/ingest/batch_report.h"
#include "api/ingest/replay.h"
#include "api/ingest/sink_tally.h"
#include "core/base/check.h"
#include "core/base/crc32c.h"
#include "core/mapping/media_type.h"
#include "core/pipeline/idempotency_key.h"

namespace millrace::ingest {
namespace {

// A turn that gathers more is handed over before it ends: the disk can begin, and memory is
// bounded.
constexpr std::uint64_t kFlushBytes = 4 << 20;
constexpr std::size_t kFlushAnswerBytes = 128 << 10;  // the journal has 256 KB beside the rows
constexpr std::size_t kAnswerBytes = 96;              // of a remembered one, beside its texts
constexpr std::size_t kGroupsMax = 1000;              // of about 100 bytes each beside the rows
constexpr std::chrono::seconds kProbeTime{2};         // that /ready waits for the disk
constexpr int kTurnPolls = 4;                         // then its first requests have waited enough

Error too_much_waits() {
    return Error(Code::overloaded, "The disk does not keep up; try again.")
        .named("stream.in.volumeBusy");
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

}  // namespace

// Who asks, and what he has said about the answer.
struct Intake::Caller {
    Requester* requester = nullptr;
    Asked asked = {};
    std::unique_ptr<KeyedRequest> keyed = nullptr;  // null: without a key
    std::optional<Parking::Id> parked_as = {};      // it has been parked before
};

// A request whose rejects are on their way to their store.
struct Intake::Keeping {
    Requester* requester = nullptr;
    Ending kept;
    Ending not_kept;
    Place place;
    bool rows_are_done = false;                   // the journal has them, or there are none
    bool is_answered = false;                     // the journal did not take the rows
    std::optional<pipeline::RejectOutcome> said;  // by the store
};

// One request whose rows are in a batch.
struct Intake::Waiting {
    Requester* requester = nullptr;
    Ending ending;
    std::shared_ptr<Keeping> keeping;               // null: no rejects. Else the ending is in there
    std::unique_ptr<KeyedRequest> keyed = nullptr;  // null: without a key
};

// A request with a key whose rows wait until its rejects are kept.
struct Intake::Held {
    Requester* requester = nullptr;
    std::unique_ptr<KeyedRequest> keyed;
    RowBatch rows;
    SharedRoute route;
    Ending kept;
    Ending not_kept;
};

// Requests of one batch.
struct Intake::Handed {
    std::vector<Waiting> waiting;
    Place place = {};
    bool is_complete = false;
};

// What goes into the next batch of a lane.
struct Intake::Pending {
    RowBatch batch;
    std::vector<Waiting> waiting;
    std::vector<KeyedRequest> keyed;  // whose answers are in the batch, in that order
    std::size_t answer_bytes = 0;     // of those, about
    std::size_t csv_bytes_expected = 4096;
};

// Lets the journal's thread reach the loop for as long as the loop is there.
struct Intake::Mailbox {
    Guarded<Intake*> intake;
};

// A callback for any thread that runs `step` on the loop, as long as the loop is there, with copies
// of what it was called with.
template <typename Step>
auto Intake::on_loop(Step step) {
    return [mailbox = mailbox_, step = std::move(step)](const auto&... arguments) {
        mailbox->intake.with([&](Intake* intake) {
            if (intake == nullptr) return;
            intake->parts_.post([mailbox, step, arguments...] {
                auto* const self = mailbox->intake.with([](Intake* there) { return there; });
                if (self != nullptr) step(*self, arguments...);
            });
        });
    };
}

Intake::Intake(IntakeParts parts)
    : parts_(std::move(parts)),
      gate_(parts_.clock, parts_.counters),
      acceptor_(parts_.rng),
      batch_bytes_max_(parts_.journal.batch_bytes_max()),
      batch_acceptor_(acceptor_, batch_bytes_max_),
      template_inputs_(parts_.rng),
      mailbox_(std::make_shared<Mailbox>()),
      pending_(parts_.journal.lanes()) {
    for (std::size_t lane = 0; lane < pending_.size(); ++lane) pending_[lane].batch.lane = lane;
    mailbox_->intake.with([&](Intake*& intake) { intake = this; });
}

Intake::~Intake() {
    abandon();
}

void Intake::abandon() {
    mailbox_->intake.with([](Intake*& intake) { intake = nullptr; });
    parking_.clear();
}

void Intake::begin_turn() {
    if (in_turn_) return;
    in_turn_ = true;
    now_ = parts_.clock.wall();
    accepting_ = parts_.accepting ? parts_.accepting() : Result<void>();
    parts_.post([this] { end_turn(); });
}

// Called after each poll. The stragglers of a burst come with the next one: a frame of their own
// would cost the disk as much as the whole burst, which would wait for it.
void Intake::end_turn() {
    if (std::exchange(has_news_, false) && ++polls_ < kTurnPolls) {
        return parts_.post([this] { end_turn(); });
    }
    polls_ = 0;
    in_turn_ = false;
    flush();
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
    record.arrived_at = now_;
    const auto form = form_of(admission, record, route.settings);
    Caller caller{.requester = &requester, .asked = admission.asked};
    if (!claim_key(route, record, form, caller)) return;
    if (!route.mapper.templates()->empty()) return park(shared, record, form, std::move(caller));
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
        pipeline::request_key(route.key_scope, *key.value(), request, form), now_);
    if (auto* const claim = std::get_if<IdempotencyWindow::Claim>(&verdict)) {
        caller.keyed =
            std::make_unique<KeyedRequest>(KeyedRequest{.claim = std::move(*claim),
                                                        .expires_at = now_ + settings.window,
                                                        .keys_max = settings.keys_max});
        return true;
    }
    if (const auto* const first = std::get_if<AnswerText>(&verdict)) {
        parts_.counters.duplicate.add(first->records);
        tally_duplicates(route, first->records);
        caller.requester->reply(replayed(*first));
        return false;
    }
    const bool is_in_flight = std::holds_alternative<IdempotencyWindow::InFlight>(verdict);
    caller.requester->reply(is_in_flight ? key_in_flight() : key_reused());
    return false;
}

// What of the source is pending, or will be.
Intake::Pending& Intake::pending_of(const pipeline::SourceRoute& route) {
    const auto lane =
        pending_.size() == 1 ? 0 : parts_.journal.lane_of(crc32c(0, route.key.source.value));
    auto& pending = pending_[lane];
    if (pending.batch.csv.empty()) pending.batch.csv.reserve(pending.csv_bytes_expected);
    return pending;
}

// Lets the templates of the request be evaluated; it goes on in unpark().
void Intake::park(const SharedRoute& route, const Record& record, RecordForm form, Caller caller) {
    // The sinks without such templates get their rows all the same.
    const auto take_without_values = [&](std::size_t records, const Error& error) {
        const TemplateBatch::Values values(records * route->mapper.templates()->size(), error);
        if (form == RecordForm::single) return take_one(route, record, values, std::move(caller));
        take_many(route, record, form, values, std::move(caller));
    };
    if (form == RecordForm::single &&
        parts_.evaluator.is_busy(route->key.project, *route->mapper.templates())) {
        return take_without_values(1, templates_busy());
    }
    auto batch = template_inputs_.collect(record, form, *route);
    if (!batch.ok() && batch.error().code() == Code::too_large) {
        parts_.counters.rejected.add();
        tally_refused(*route);
        return caller.requester->reply(error_answer(batch.error()));
    }
    if (!batch.ok() || batch.value().records.empty()) {  // to be answered without values
        return take_many(route, record, form, {}, std::move(caller));
    }
    const auto records = batch.value().records.size();
    if (!parking_.has_room()) return take_without_values(records, templates_busy());
    auto request = std::make_unique<ParkedRequest>(
        record,
        pipeline::SourceAddress{.project = route->key.project, .source = route->key.source});
    request->route = route;
    request->form = form;
    request->asked = caller.asked;
    request->requester = caller.requester;
    request->keyed = std::move(caller.keyed);
    request->bytes_elsewhere = pipeline::bytes_of(batch.value());
    const auto id = parking_.park(std::move(request));
    using SharedValues = std::shared_ptr<const TemplateBatch::Values>;
    auto evaluated =
        on_loop([id](Intake& self, const SharedValues& shared) { self.unpark(id, *shared); });
    batch.value().done = [evaluated = std::move(evaluated)](TemplateBatch::Values values) {
        evaluated(SharedValues(std::make_shared<TemplateBatch::Values>(std::move(values))));
    };
    const auto submitted = parts_.evaluator.submit(std::move(batch).value());
    if (submitted.ok()) return;
    caller.keyed = std::move(parking_.take(id)->keyed);
    take_without_values(records, submitted.error());
}

void Intake::unpark(Parking::Id id, Values values) {
    const auto parked = parking_.take(id);
    if (parked == nullptr) return;
    begin_turn();
    Caller caller{.requester = parked->requester,
                  .asked = parked->asked,
                  .keyed = std::move(parked->keyed),
                  .parked_as = id};
    if (!accepting_.ok()) {
        caller.requester->reply(journal_error_answer(accepting_.error()));
    } else if (parked->form == RecordForm::single) {
        take_one(parked->route, parked->record(), values, std::move(caller));
    } else {
        take_many(parked->route, parked->record(), parked->form, values, std::move(caller));
    }
    settle(parked->address);
}

// A request has left the parking: lets a change of its source go on that waited for the last one.
void Intake::settle(const pipeline::SourceAddress& address) {
    if (!parking_.is_awaited(address)) return;
    flush();
    parking_.settle();
}

void Intake::take_one(const SharedRoute& route, const Record& record, Values values,
                      Caller caller) {
    auto& pending = pending_of(*route);
    const auto mark = pipeline::mark_of(pending.batch);
    auto& acceptance = acceptor_.accept(record, *route, pending.batch, values);
    if (caller.keyed && is_unfit(acceptance)) {
        return refuse_whole(acceptance, pending, mark, 1, caller);
    }
    tally(*route, acceptance);
    if (caller.keyed && !acceptance.rejects.items.empty()) {
        return hold(route, acceptance, pipeline::split_off(pending.batch, mark), std::move(caller));
    }
    if (!fit_in_batch(pending, mark)) {
        parts_.counters.rejected.add();
        return caller.requester->reply(journal_error_answer(Error(Code::too_large, "")));
    }
    wait(route, pending, acceptance, acceptance.rows > 0, std::move(caller));
}

void Intake::take_many(const SharedRoute& route, const Record& request, RecordForm form,
                       Values values, Caller caller) {
    auto& pending = pending_of(*route);
    const auto mark = pipeline::mark_of(pending.batch);
    const auto accepted = batch_acceptor_.accept(request, form, *route, pending.batch, values);
    if (!accepted.ok()) {
        parts_.counters.rejected.add();
        tally_refused(*route);
        return caller.requester->reply(error_answer(accepted.error()));
    }
    auto& acceptance = *accepted.value();
    if (caller.keyed && is_unfit(acceptance)) {
        return refuse_whole(acceptance, pending, mark, acceptance.records, caller);
    }
    tally(*route, acceptance);
    if (route->rates != nullptr && acceptance.records > 1) {  // the first is paid
        route->rates->spend(acceptance.records - 1, 0, parts_.clock.steady());
    }
    if (caller.keyed && !acceptance.rejects.items.empty()) {
        return hold(route, acceptance, pipeline::split_off(pending.batch, mark), std::move(caller));
    }
    check(fit_in_batch(pending, mark), "the rows of a request are over their limit");
    wait(route, pending, acceptance, acceptance.has_rows(), std::move(caller));
}

// Whether a request with a key cannot be taken whole now. It is to be sent again with its key, and
// must not find rows of its own then.
template <typename Acceptance>
bool Intake::is_unfit(const Acceptance& acceptance) const {
    return acceptance.is_busy || (!acceptance.rejects.items.empty() && !parking_.has_room());
}

template <typename Acceptance>
void Intake::refuse_whole(const Acceptance& acceptance, Pending& pending,
                          const pipeline::BatchMark& mark, std::uint64_t records,
                          const Caller& caller) {
    pipeline::split_off(pending.batch, mark);
    parts_.counters.failed.add(records);
    caller.requester->reply(error_answer(acceptance.is_busy ? templates_busy() : too_much_waits()));
}

// Answers `requester` when its rows are in the journal and its rejects in their store.
template <typename Acceptance>
void Intake::wait(const SharedRoute& route, Pending& pending, Acceptance& acceptance, bool has_rows,
                  Caller caller) {
    using pipeline::RejectOutcome;
    auto& requester = *caller.requester;
    const auto& asked = caller.asked;
    Waiting waiting{.requester = &requester,
                    .ending = ending_of(route, acceptance, RejectOutcome::kept, asked),
                    .keeping = nullptr,
                    .keyed = std::move(caller.keyed)};
    waiting.ending.has_receipt = has_rows;
    if (acceptance.rejects.items.empty()) {
        if (has_rows) return wait_for_journal(pending, std::move(waiting));
        if (route->sinks.empty()) {
            parts_.counters.no_sink.add(std::exchange(waiting.ending.accepted, 0));
        }
        return end(waiting.ending, {}, requester);
    }
    auto not_kept = ending_of(route, acceptance, RejectOutcome::not_kept, asked);
    not_kept.has_receipt = has_rows;
    waiting.ending.has_receipt = true;
    waiting.keeping = std::make_shared<Keeping>(Keeping{.requester = &requester,
                                                        .kept = std::move(waiting.ending),
                                                        .not_kept = std::move(not_kept),
                                                        .place = {.ticket = {}, .arrived_at = now_},
                                                        .rows_are_done = !has_rows,
                                                        .is_answered = false,
                                                        .said = std::nullopt});
    keep(std::move(acceptance.rejects), waiting.keeping);
    if (has_rows) wait_for_journal(pending, std::move(waiting));
}

void Intake::keep(RejectGroup rejects, const std::shared_ptr<Keeping>& keeping) {
    submit_rejects(*keeping->kept.route, std::move(rejects),
                   on_loop([keeping](Intake& self, pipeline::RejectOutcome outcome) {
                       keeping->said = outcome;
                       if (keeping->rows_are_done) self.end_kept(*keeping);
                   }));
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
// answer it is, only their store can tell. A change of the source waits for it as for a parked one.
template <typename Acceptance>
void Intake::hold(const SharedRoute& route, Acceptance& acceptance, RowBatch rows, Caller caller) {
    using pipeline::RejectOutcome;
    const auto held = std::make_shared<Held>(
        Held{.requester = caller.requester,
             .keyed = std::move(caller.keyed),
             .rows = std::move(rows),
             .route = route,
             .kept = ending_of(route, acceptance, RejectOutcome::kept, caller.asked),
             .not_kept = ending_of(route, acceptance, RejectOutcome::not_kept, caller.asked)});
    const bool has_rows = !held->rows.groups.empty();
    held->kept.has_receipt = true;
    held->not_kept.has_receipt = has_rows;
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
                   on_loop([id, held](Intake& self, RejectOutcome outcome) {
                       self.end_hold(id, *held, outcome);
                   }));
}

void Intake::end_hold(Parking::Id id, Held& held, pipeline::RejectOutcome outcome) {
    const auto parked = parking_.take(id);
    if (parked == nullptr) return;
    begin_turn();
    const bool is_kept = outcome == pipeline::RejectOutcome::kept;
    Waiting waiting{.requester = held.requester,
                    .ending = std::move(is_kept ? held.kept : held.not_kept),
                    .keeping = nullptr,
                    .keyed = std::move(held.keyed)};
    const bool has_rows = !held.rows.groups.empty();
    auto& pending = pending_of(*held.route);
    const auto mark = pipeline::mark_of(pending.batch);
    pipeline::append(pending.batch, held.rows);
    if (!fit_in_batch(pending, mark)) {
        parts_.counters.rejected.add();
        held.requester->reply(journal_error_answer(Error(Code::too_large, "")));
    } else if (has_rows || is_kept) {
        wait_for_journal(pending, std::move(waiting));
    } else {
        end(waiting.ending, {}, *held.requester);
    }
    settle(parked->address);
}

void Intake::end_kept(const Keeping& keeping) {
    if (keeping.is_answered) return;
    const bool is_kept = keeping.said == pipeline::RejectOutcome::kept;
    end(is_kept ? keeping.kept : keeping.not_kept, keeping.place, *keeping.requester);
}

void Intake::end(const Ending& ending, const Place& place, Requester& requester) {
    parts_.counters.accepted.add(ending.accepted);
    parts_.counters.rejected.add(ending.rejected);
    const std::string_view headers =
        ending.has_receipt ? receipts_.of(ending, place) : std::string_view();
    if (ending.report) {
        auto answer = *ending.report;
        answer.headers += headers;
        requester.reply(answer);
    } else {
        requester.reply_ok(ending.status, headers);
    }
}

// Lets what was added since `mark` begin the next batch if this one has no room for it; false if
// none has, and then it is gone.
bool Intake::fit_in_batch(Pending& pending, const pipeline::BatchMark& mark) {
    auto& batch = pending.batch;
    if (batch.csv.size() + pending.answer_bytes <= batch_bytes_max_ &&
        batch.groups.size() <= kGroupsMax) {
        return true;
    }
    auto rows = pipeline::split_off(batch, mark);
    if (rows.csv.size() > batch_bytes_max_) return false;
    flush(pending);
    rows.lane = batch.lane;
    batch = std::move(rows);
    return true;
}

void Intake::wait_for_journal(Pending& pending, Waiting waiting) {
    has_news_ = true;
    const auto& ending = waiting.ending;
    if (waiting.keyed && ending.status_of_answer() < 500) {
        auto& keyed = *waiting.keyed;
        auto& answers = pending.batch.answers;
        answers.push_back({.request = keyed.claim.request(),
                           .arrived_at = now_,
                           .expires_at = keyed.expires_at,
                           .answer = to_remember(
                               ending.report ? *ending.report : text_answer(ending.status, "OK"),
                               ending.accepted + ending.rejected)});
        const auto& text = answers.back().answer;
        pending.answer_bytes += kAnswerBytes + text.headers.size() + text.body.size();
        pending.keyed.push_back(std::move(keyed));
    }
    pending.waiting.push_back(std::move(waiting));
    if (pending.batch.csv.size() >= kFlushBytes || pending.answer_bytes >= kFlushAnswerBytes) {
        flush(pending);
    }
}

void Intake::flush() {
    for (auto& pending : pending_) flush(pending);
}

void Intake::flush(Pending& pending) {
    if (pending.waiting.empty()) return;
    pending.answer_bytes = 0;
    pending.csv_bytes_expected =
        std::clamp<std::size_t>(pending.batch.csv.size() * 2, 4096, 1 << 20);
    auto batch = std::exchange(pending.batch, {});
    pending.batch.lane = batch.lane;
    batch.arrived_at = now_;

    // Who waits for the disk, the page cache, or the hand-over alone.
    std::array<std::shared_ptr<Handed>, 3> by_ack;
    for (auto& waiting : std::exchange(pending.waiting, {})) {
        const auto& ending = waiting.keeping ? waiting.keeping->kept : waiting.ending;
        auto& handed = by_ack[static_cast<std::size_t>(ending.ack)];
        if (handed == nullptr) handed = std::make_shared<Handed>();
        handed->waiting.push_back(std::move(waiting));
    }
    const auto& [disk, cache, memory] = by_ack;
    batch.done = [](const Result<void>&) {};
    batch.may_wait = disk == nullptr && cache == nullptr;
    if (!batch.may_wait) {  // else the loop need not be woken
        batch.done =
            on_loop([disk = disk, cache = cache](Intake& self, const Result<void>& outcome) {
                if (disk != nullptr) self.complete(*disk, outcome);
                if (cache != nullptr) self.complete(*cache, outcome);
            });
    }
    if (cache != nullptr) {
        batch.written = on_loop([cache = cache](Intake& self) { self.complete(*cache, {}); });
    }
    if (!pending.keyed.empty()) remember_when_done(batch, std::exchange(pending.keyed, {}));
    const auto submitted = parts_.journal.submit(std::move(batch));
    if (!submitted.ok()) {
        for (const auto& handed : by_ack) complete_later(handed, submitted.error());
        return;
    }
    for (const auto& handed : by_ack) {
        if (handed != nullptr) handed->place = {submitted.value(), now_};
    }
    complete_later(memory, {});
}

// Never answered at once: flush() may run below take(), in the middle of another request.
void Intake::complete_later(std::shared_ptr<Handed> handed, const Result<void>& outcome) {
    if (handed == nullptr) return;
    on_loop([handed = std::move(handed)](Intake& self, const Result<void>& outcome_then) {
        self.complete(*handed, outcome_then);
    })(outcome);
}

// Lets the window remember the answers of `batch` when they are durable, whether or not anybody
// waits for them by then. Whatever happens instead frees the keys.
void Intake::remember_when_done(RowBatch& batch, std::vector<KeyedRequest> keyed) {
    struct Remembering {
        std::vector<KeyedRequest> keyed;
        std::vector<RememberedAnswer> answers;  // of the same requests
    };
    auto shared = std::make_shared<Remembering>(
        Remembering{.keyed = std::move(keyed), .answers = batch.answers});
    batch.done = [shared, then = std::move(batch.done)](const Result<void>& outcome) {
        for (std::size_t i = 0; outcome.ok() && i < shared->keyed.size(); ++i) {
            auto& one = shared->keyed[i];
            one.claim.remember(shared->answers[i], one.keys_max);
        }
        shared->keyed.clear();
        then(outcome);
    };
}

void Intake::probe(Requester& requester) {
    begin_turn();
    if (!accepting_.ok()) return requester.reply(journal_error_answer(accepting_.error()));
    if (probing_.empty()) probing_since_ = parts_.clock.steady();
    probing_.push_back(&requester);
    if (std::exchange(probe_is_under_way_, true)) return;
    RowBatch nothing;
    nothing.arrived_at = now_;
    nothing.done =
        on_loop([](Intake& self, const Result<void>& outcome) { self.complete_probes(outcome); });
    if (const auto submitted = parts_.journal.submit(std::move(nothing)); !submitted.ok()) {
        complete_probes(submitted.error());
    }
}

void Intake::expire_probes(SteadyTime now) {
    if (probing_.empty() || now - probing_since_ < kProbeTime) return;
    const auto answer =
        error_answer(Error(Code::unavailable,
                           fmt::format("The disk has not answered for {} s.", kProbeTime.count()))
                         .named("stream.in.volumeStalled"));
    for (auto* const requester : std::exchange(probing_, {})) requester->reply(answer);
}

void Intake::complete_probes(const Result<void>& outcome) {
    probe_is_under_way_ = false;
    const auto answer =
        outcome.ok() ? text_answer(200, "OK\n") : journal_error_answer(outcome.error());
    for (auto* const requester : std::exchange(probing_, {})) requester->reply(answer);
}

void Intake::complete(Handed& handed, const Result<void>& outcome) {
    if (std::exchange(handed.is_complete, true)) return;
    if (!outcome.ok()) {
        const auto answer = journal_error_answer(outcome.error());
        for (auto& waiting : handed.waiting) {
            const auto& ending = waiting.keeping ? waiting.keeping->kept : waiting.ending;
            parts_.counters.failed.add(ending.accepted + ending.rejected);
            if (waiting.keeping) {
                waiting.keeping->rows_are_done = true;
                waiting.keeping->is_answered = true;
            }
            waiting.requester->reply(answer);
        }
        return;
    }
    for (auto& waiting : handed.waiting) {
        if (!waiting.keeping) {
            end(waiting.ending, handed.place, *waiting.requester);
            continue;
        }
        waiting.keeping->place = handed.place;
        waiting.keeping->rows_are_done = true;
        if (waiting.keeping->said) end_kept(*waiting.keeping);
    }
}

void Intake::set_route(const pipeline::SourceAddress& address,
                       std::shared_ptr<const pipeline::SourceRoute> route,
                       std::function<void()> served) {
    flush();
    gate_.set_route(address, std::move(route));
    parking_.when_empty(address, std::move(served));
}

}  // namespace millrace::ingest
