#include "api/kafka/source_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "core/base/guarded.h"

namespace millrace::kafka {
namespace {

constexpr Milliseconds kIdleWait{10'000};
constexpr std::size_t kMessagesAtOnce = 2'000;
constexpr std::size_t kCarefulBatches = 100;

BatchMaker::Limits limits_of(const Journal& journal) {
    const auto most = journal.batch_bytes_max();
    return {.rows_bytes = std::min<std::uint64_t>(most / 4, 4 << 20), .rows_bytes_max = most / 2};
}

Error not_now(std::string text) {
    return Error(Code::unavailable, std::move(text));
}

}  // namespace

SourceReader::SourceReader(const ReaderPorts& ports, SourceKey key,
                           std::shared_ptr<SourceWatch> watch)
    : ports_(ports),
      pace_(ports.pace),
      key_(std::move(key)),
      board_(ports.clock, std::move(watch), ports.pace.publish,
             [this](const SourceStatus& status) {
                 if (ports_.state_changed) ports_.state_changed(key_, status);
             }),
      rng_(ports.make_rng()),
      rejects_(ports.rejects, ports.rejects_of, inbox_),
      maker_(*rng_, rejects_.known(), limits_of(ports.journal)),
      places_({.clock = ports.clock,
               .pace = pace_,
               .settings = settings_,
               .inbox = *inbox_,
               .board = board_,
               .maker = maker_,
               .gap_found =
                   [this](const Gap& gap) {
                       if (ports_.gap_found) ports_.gap_found(key_, gap);
                   }}),
      values_(ports.evaluator, *inbox_, pace_.read) {}

SourceReader::~SourceReader() {
    stop();
}

bool SourceReader::set_route(const std::shared_ptr<const pipeline::SourceRoute>& route,
                             const std::function<void()>& served) {
    return inbox_->put_route(route, served);
}

void SourceReader::show(const pipeline::SourceRoute& route) {
    const auto settings = parse_details(route.details);
    const auto positions = ports_.journal.positions_of(route.key_scope);
    if (!settings.ok() || !positions.ok()) return;
    const auto& topic = settings.value().topic;
    durable_ =
        progress_from(positions.value(), topic,
                      generation_in_force(positions.value(), topic, settings.value().generation));
    board_.set_topic(topic);
    board_.show({.durable = durable_, .route = &route});
}

void SourceReader::start() {
    if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
}

void SourceReader::stop() {
    inbox_->stop();
    if (thread_.joinable()) thread_.join();
    // Nothing is mapped any more.
    for (const auto& served : std::exchange(served_, {})) served();
    for (const auto& served : inbox_->take().served) served();
}

void SourceReader::run() {
    while (true) {
        take_news();
        if (is_stopped_) break;
        // A reader that comes after this one must find all positions in the journal.
        if (is_over_ && !in_flight_ && !rejects_.is_asking() && inbox_->end()) {
            has_ended_ = true;
            break;
        }
        auto wait = kIdleWait;
        if (is_wanted()) {
            wait = step();
        } else {
            close();
        }
        answer();
        publish();
        if (wait.count() > 0) inbox_->wait(wait);
    }
    close();
    for (const auto& served : std::exchange(served_, {})) served();  // of the end itself
}

void SourceReader::take_news() {
    auto news = inbox_->take();
    is_stopped_ = news.is_stopped;
    if (news.batch) end_batch(*news.batch);
    if (news.rejects) end_rejects(*news.rejects);
    if (news.has_route) adopt(std::move(news.route));
    if (news.served.empty()) return;
    if (served_.empty()) answer_at_ = ports_.clock.steady() + pace_.answer;
    std::ranges::move(news.served, std::back_inserter(served_));
}

// Says that the route is served. Where reading begins at the end of the log, that is not before it
// is durable where that is: what is published after the answer is read. Not for long, as where no
// broker answers.
void SourceReader::answer() {
    if (served_.empty()) return;
    const bool is_open = is_wanted() && !route_->sinks.empty() && !places_.had_no_topic() &&
                         settings_.start_from.place == StartFrom::Place::latest &&
                         (!knows_progress_ || durable_.partitions.empty());
    if (is_open && ports_.clock.steady() < answer_at_) return;
    for (const auto& served : std::exchange(served_, {})) served();
}

// Nothing of the old route is left here: what was mapped by it is with the journal, or dropped.
void SourceReader::adopt(std::shared_ptr<const pipeline::SourceRoute> route) {
    failure_.reset();
    route_ = std::move(route);
    is_over_ = route_ == nullptr;
    if (is_over_) return;
    auto settings = parse_details(route_->details);
    if (!settings.ok()) {
        failure_ = settings.error().operator_text();
        return rewind();
    }
    if (needs_other_connection(settings_, settings.value())) close();
    settings_ = std::move(settings).value();
    board_.set_topic(settings_.topic);
    rewind();
}

bool SourceReader::is_wanted() const {
    return route_ != nullptr && route_->enabled && !settings_.paused && !failure_;
}

// Drops what the journal does not have, to be read again.
void SourceReader::rewind() {
    if (knows_progress_ && (!maker_.is_empty() || !pending_.is_empty())) board_.rewound();
    knows_progress_ = false;
    places_.forget_assignment();
    stage_ = Stage::filling;
    ready_batch_.reset();
    rejects_.drop_batch();
    drop_pending();
}

void SourceReader::drop_pending() {
    pending_.drop();
    values_.drop();
    is_mapping_held_up_ = false;
}

void SourceReader::close() {
    rewind();
    places_.close();
    if (route_ == nullptr) return;
    if (failure_) return say(SourceState::failed, *failure_);
    if (!route_->enabled) {
        return say(SourceState::disabled, route_->broken.empty()
                                              ? std::string()
                                              : fmt::format("the sink \"{}\" cannot be used: {}",
                                                            route_->broken.front().sink.value,
                                                            route_->broken.front().problem));
    }
    if (settings_.paused) say(SourceState::paused);
}

// Does what can be done now. Returns how long there is nothing to do, unless something comes.
Milliseconds SourceReader::step() {
    // Their outcome decides what is read again, and as what.
    if (!knows_progress_ && (in_flight_ || rejects_.is_asking())) return pace_.read;
    if (auto prepared = prepare(); !prepared.ok()) {
        if (!failure_) say(SourceState::waiting, prepared.error().operator_text());
        return pace_.retry;
    }
    if (const auto wait = advance(); stage_ != Stage::filling) return wait;
    if (ports_.clock.steady() < retry_at_) return pace_.busy;  // for templates
    if (pending_.is_empty() && !pending_.has_events()) read();
    map_pending();
    if (pending_.is_empty()) handle_events();
    places_.commit(durable_);
    return Milliseconds(0);
}

// What reading needs.
Result<void> SourceReader::prepare() {
    if (route_->sinks.empty()) {
        rewind();
        return not_now("the source has no sink that is enabled");
    }
    if (!places_.is_open()) TRY(open());
    if (!knows_progress_) TRY(load_progress());
    if (!places_.is_assigned()) TRY(assign());
    if (places_.is_due()) TRY(refresh());
    return {};
}

// Where only other settings help, the source fails.
Result<void> SourceReader::noted(Result<void> outcome) {
    const bool is_final = !outcome.ok() && outcome.error().code() == Code::conflict;
    if (is_final) failure_ = outcome.error().operator_text();
    return outcome;
}

Result<void> SourceReader::open() {
    TRY(noted(places_.open(ports_.topics, key_.source)));
    schemas_.reset();
    if (needs_registry(settings_.format)) {
        schemas_.emplace(ports_.clock,
                         ports_.registries.open(registry_of(
                             settings_, [inbox = inbox_] { return inbox->has_orders(); })));
    }
    return {};
}

Result<void> SourceReader::load_progress() {
    TRY_ASSIGN(const auto positions, ports_.journal.positions_of(route_->key_scope));
    generation_ = generation_in_force(positions, settings_.topic, settings_.generation);
    durable_ = progress_from(positions, settings_.topic, generation_);
    TRY(rejects_.load(*route_, settings_.topic, durable_));
    TRY_ASSIGN(filter_, make_filter(settings_.drop_where));
    TRY_ASSIGN(deletes_, make_filter(settings_.delete_where));
    maker_.begin(route_, settings_, durable_,
                 {.schemas = schemas_ ? &*schemas_ : nullptr,
                  .filter = filter_.get(),
                  .deletes = deletes_.get()});
    knows_progress_ = true;
    board_.note();
    return {};
}

Result<std::unique_ptr<RecordFilter>> SourceReader::make_filter(const DropRule& rule) {
    if (rule.expression.empty()) return std::unique_ptr<RecordFilter>();
    auto filter = RecordFilter::make(rule, ports_.expressions, ports_.clock.wall());
    if (!filter.ok()) {
        failure_ = fmt::format("the filter cannot be used: {}", filter.error().operator_text());
        return not_now(*failure_);
    }
    return filter;
}

Result<void> SourceReader::assign() {
    drop_pending();
    TRY(noted(places_.assign(generation_)));
    say(SourceState::reading);
    return {};
}

// Looks for partitions that were added, and whether somebody answers.
Result<void> SourceReader::refresh() {
    const auto has_same = places_.has_same_partitions();
    if (!has_same.ok()) {
        say(SourceState::waiting, has_same.error().operator_text());
        return {};  // what was fetched is mapped all the same
    }
    if (!has_same.value()) {
        places_.forget_assignment();
        return assign();
    }
    if (is_reading_held_up()) places_.ask_for_ends();
    if (stage_ == Stage::filling && !is_mapping_held_up_) say(SourceState::reading);
    return {};
}

void SourceReader::read() {
    const auto batch = places_.topic().read(kMessagesAtOnce, pace_.read);
    const auto now = instant_of(ports_.clock);
    if (!batch.messages.empty()) board_.heard(now.wall);
    pending_.take(batch, now, maker_.after());
    if (!pending_.is_empty()) say(SourceState::reading);
}

void SourceReader::map_pending() {
    const bool has_templates = !route_->mapper.templates()->empty();
    while (!pending_.is_empty() && !maker_.is_full()) {
        if (has_templates && !values_.has_next()) {
            const auto evaluated =
                values_.evaluate(*route_, maker_, pending_.messages(), pending_.at());
            if (!evaluated.ok()) return wait_for(evaluated.error().operator_text());
            if (!evaluated.value()) return;
        }
        const auto& message = pending_.front();
        const auto added = maker_.add(message, pending_.at(), values_.left());
        if (added == BatchMaker::Added::full) return;
        if (added == BatchMaker::Added::busy) {
            values_.drop();
            return wait_for("templates cannot be evaluated now");
        }
        if (added == BatchMaker::Added::waiting) return wait_for(maker_.waits_for());
        if (std::exchange(is_mapping_held_up_, false)) say(SourceState::reading);
        board_.saw(message);
        values_.took_message();
        pending_.pop_front();
    }
}

// The next message cannot be mapped now.
void SourceReader::wait_for(std::string reason) {
    is_mapping_held_up_ = true;
    retry_at_ = ports_.clock.steady() + pace_.retry;
    say(SourceState::waiting, std::move(reason));
}

void SourceReader::handle_events() {
    for (const auto& event : pending_.take_events()) handle(event);
}

void SourceReader::handle(const TopicEvent& event) {
    switch (event.kind) {
        case TopicEvent::Kind::out_of_range: {
            const auto gone_on = noted(places_.go_on_in_range(event.partition));
            if (!gone_on.ok() && !failure_) {
                say(SourceState::waiting, gone_on.error().operator_text());
            }
            return;
        }
        case TopicEvent::Kind::end:
            board_.heard(pending_.at().wall);
            return maker_.pass(event.partition, event.offset);
        case TopicEvent::Kind::gone:
            places_.forget_assignment();
            return say(SourceState::waiting, event.text);
        case TopicEvent::Kind::failed:
            places_.ask_soon();
            return say(SourceState::waiting, event.text);
        case TopicEvent::Kind::broken:
            say(SourceState::waiting, event.text);
            places_.close();
            return rewind();
    }
}

// Takes the batch a step on. Returns how long it waits if it cannot go on.
Milliseconds SourceReader::advance() {
    if (stage_ == Stage::filling) {
        const bool is_due = maker_.is_full() || (!in_flight_ && !maker_.is_empty());
        if (!is_due) return Milliseconds(0);
        rejects_.begin_batch();
        stage_ = maker_.rejects().empty() ? Stage::ready : Stage::keeping;
    }
    if (stage_ == Stage::keeping) return keep_rejects();
    return hand_over();
}

Result<void> SourceReader::is_accepting() const {
    return ports_.accepting ? ports_.accepting() : Result<void>();
}

// Asks the store for all of them, or one after the other where it has not room for all.
Milliseconds SourceReader::keep_rejects() {
    // What is in front may have to be read again.
    if (rejects_.is_asking() || in_flight_) return pace_.read;
    const auto now = ports_.clock.steady();
    if (now < retry_at_) return std::chrono::ceil<Milliseconds>(retry_at_ - now);
    if (const auto accepting = is_accepting(); !accepting.ok()) {
        hold_up(accepting.error().operator_text());
        return pace_.retry;
    }
    rejects_.ask(maker_.rejects());
    return pace_.read;
}

void SourceReader::end_rejects(const ReaderInbox::RejectNews& news) {
    const auto answer = rejects_.take(news);
    if (!answer.is_of_batch || stage_ != Stage::keeping) return;
    switch (answer.outcome) {
        case pipeline::RejectOutcome::kept:
            break;
        case pipeline::RejectOutcome::failed:
            return hold_up(pipeline::rejects_unavailable().client_text());
        case pipeline::RejectOutcome::full:
            if (settings_.on_rejects_full == OnRejectsFull::pause && !rejects_.is_one_by_one()) {
                return make_room();
            }
            if (answer.asked > 1) return rejects_.go_one_by_one();
            const auto& item = rejects_.next(maker_.rejects());
            if (settings_.on_rejects_full == OnRejectsFull::pause) return wait_for_room(item);
            maker_.skip_reject(item);
            rejects_.pass_next();
            break;
    }
    if (!rejects_.has_all(maker_.rejects())) return;
    stage_ = Stage::ready;
    if (careful_for_ > 0) maker_.set_careful(--careful_for_ > 0);
}

// The rejects of the batch do not fit, and none of them was kept. What is in front of the first
// that finds no room goes to the journal without it; that one is waited for alone.
void SourceReader::make_room() {
    careful_for_ = kCarefulBatches;
    maker_.set_careful(true);
    if (maker_.messages() > 1) return rewind();
    if (maker_.rejects().size() > 1 && !RejectKeeper::fits_alone(maker_.rejects()))
        return rejects_.go_one_by_one();
    wait_for_room(maker_.rejects().front());
}

void SourceReader::wait_for_room(const RejectGroup::Item& item) {
    hold_up(
        fmt::format("a sink keeps as many rejects as it may ({}); retry or delete some, let it "
                    "keep more, or set onRejectsFull to \"skip\"",
                    item.reject.message));
}

// The batch cannot go on now.
void SourceReader::hold_up(std::string reason) {
    retry_at_ = ports_.clock.steady() + pace_.retry;
    is_held_up_ = true;
    say(SourceState::waiting, std::move(reason));
}

RowBatch& SourceReader::ready_batch() {
    if (ready_batch_) return *ready_batch_;
    ready_batch_ = maker_.take_batch(route_->key_scope);
    if (ready_batch_->groups.empty()) {
        const auto now = instant_of(ports_.clock);
        ready_batch_->arrived_at = now.wall;
        ready_batch_->age = now.age;
    }
    ready_batch_->may_wait = true;
    ready_batch_->done = [inbox = inbox_](const Result<void>& outcome) {
        inbox->put_batch(outcome);
    };
    return *ready_batch_;
}

Milliseconds SourceReader::hand_over() {
    if (in_flight_) return pace_.read;
    const auto now = ports_.clock.steady();
    if (now < retry_at_) return std::chrono::ceil<Milliseconds>(retry_at_ - now);
    if (const auto accepting = is_accepting(); !accepting.ok()) {
        hold_up(accepting.error().operator_text());
        return pace_.retry;
    }
    auto& batch = ready_batch();
    batch.lane = ports_.journal.lanes() > 1 ? ports_.journal.lane_of(key_.source) : 0;
    const auto taken = ports_.journal.submit(std::move(batch));
    if (taken.ok()) {
        in_flight_ =
            InFlight{.after = maker_.after(), .tap = route_->tap, .seen = maker_.take_seen()};
        maker_.tally();
        maker_.begin_next();
        ready_batch_.reset();
        stage_ = Stage::filling;
        if (std::exchange(is_held_up_, false)) say(SourceState::reading);
        return Milliseconds(0);
    }
    if (taken.error().code() == Code::overloaded) {
        retry_at_ = now + pace_.busy;
        return pace_.busy;
    }
    say(SourceState::waiting, taken.error().operator_text());
    rewind();
    return pace_.retry;
}

void SourceReader::end_batch(const Result<void>& outcome) {
    const auto ended = std::exchange(in_flight_, std::nullopt);
    if (outcome.ok()) {
        durable_ = ended->after;
        if (ended->tap != nullptr) {
            for (const auto& seen : ended->seen) ended->tap->add(seen);
        }
        rejects_.forget_covered(settings_.topic, durable_);
        board_.note();
        return;
    }
    // What is behind it is dropped too: positions only go on.
    hold_up(outcome.error().operator_text());
    rewind();
}

void SourceReader::say(SourceState state, std::string reason) {
    board_.say(state, std::move(reason));
}

// Of logs that nothing is fetched of, the library's last word is old: ask_for_ends().
void SourceReader::publish() {
    board_.publish({.durable = durable_,
                    .route = route_.get(),
                    .topic = is_reading_held_up() ? nullptr : places_.reader(),
                    .undecodable = maker_.undecodable()});
}

bool SourceReader::is_reading_held_up() const {
    return is_held_up_ || is_mapping_held_up_ || stage_ == Stage::keeping;
}

}  // namespace millrace::kafka
