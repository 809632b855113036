#include "api/kafka/source_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/base/guarded.h"

namespace millrace::kafka {
namespace {

constexpr Milliseconds kIdleWait{10'000};
constexpr std::size_t kMessagesAtOnce = 2'000;

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
      delivery_({.journal = ports.journal,
                 .clock = ports.clock,
                 .pace = pace_,
                 .source = key_.source,
                 .settings = settings_,
                 .route = route_,
                 .inbox = inbox_,
                 .maker = maker_,
                 .rejects = rejects_,
                 .board = board_,
                 .accepting = ports.accepting,
                 .accepting_of = ports.accepting_of,
                 .rewind = [this] { rewind(); }}),
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
    delivery_.set_durable(
        progress_from(positions.value(), topic,
                      generation_in_force(positions.value(), topic, settings.value().generation)));
    board_.set_topic(topic);
    board_.show({.durable = delivery_.durable(), .route = &route});
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
        if (is_over_ && !delivery_.has_open_answer() && inbox_->end()) {
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
    if (news.batch) delivery_.end_batch(*news.batch);
    if (news.rejects) delivery_.end_rejects(*news.rejects);
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
                         (!knows_progress_ || delivery_.durable().partitions.empty());
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
    delivery_.drop();
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
    // Its outcome decides what is read again, and as what.
    if (!knows_progress_ && delivery_.has_open_answer()) return pace_.read;
    if (auto prepared = prepare(); !prepared.ok()) {
        if (!failure_) say(SourceState::waiting, prepared.error().operator_text());
        return pace_.retry;
    }
    if (const auto wait = delivery_.advance(); !delivery_.is_filling()) return wait;
    if (delivery_.is_waiting()) return pace_.busy;  // for templates
    if (pending_.is_empty() && !pending_.has_events()) read();
    map_pending();
    if (pending_.is_empty()) handle_events();
    places_.commit(delivery_.durable());
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
    if (needs_registry(settings_)) {
        schemas_.emplace(ports_.clock,
                         ports_.registries.open(registry_of(
                             settings_, [inbox = inbox_] { return inbox->has_orders(); })));
    }
    return {};
}

Result<void> SourceReader::load_progress() {
    TRY_ASSIGN(const auto positions, ports_.journal.positions_of(route_->key_scope));
    generation_ = generation_in_force(positions, settings_.topic, settings_.generation);
    delivery_.set_durable(progress_from(positions, settings_.topic, generation_));
    const auto& durable = delivery_.durable();
    if (durable.partitions.empty()) TRY(noted(refuse_lost_place()));
    TRY(load_covered());
    TRY(rejects_.load(*route_, settings_.topic, durable));
    TRY_ASSIGN(filter_, make_filter(settings_.drop_where));
    TRY_ASSIGN(deletes_, make_filter(settings_.delete_where));
    maker_.begin(route_, settings_, durable,
                 {.schemas = schemas_ ? &*schemas_ : nullptr,
                  .filter = filter_.get(),
                  .deletes = deletes_.get(),
                  .covered = &covered_});
    knows_progress_ = true;
    board_.note();
    return {};
}

// The positions are gone with a volume that is lost, and files of the sinks are not: to begin anew
// would make their rows twice, or leave messages out.
Result<void> SourceReader::refuse_lost_place() const {
    if (!ports_.closed_up_to) return {};
    Positions known;
    for (const auto& sink : route_->sinks) {
        TRY_ASSIGN(const auto positions, ports_.closed_up_to(route_->key_scope, sink.version));
        for (const auto& position : positions) known.add(position);
    }
    std::string places;
    for (const auto& position : known.of(route_->key_scope)) {
        if (!position.partition.starts_with(settings_.topic + "/")) continue;
        if (position.epoch >> 32 != generation_) continue;
        places += fmt::format("{}{} up to offset {}", places.empty() ? "" : ", ",
                              position.partition, position.next_offset);
    }
    if (places.empty()) return {};
    return Error(Code::conflict,
                 fmt::format("how far the topic was read was on a volume that is lost; rows are in "
                             "tables, or on their way, of {}: say where to go on by a PATCH of the "
                             "source with startFrom and \"restart\": true",
                             places));
}

// Behind its backup the installation before this one may have imported what is read now.
Result<void> SourceReader::load_covered() {
    covered_.clear();
    if (!ports_.covered_of) return {};
    for (const auto& sink : route_->sinks) {
        auto positions = ports_.covered_of(route_->key_scope, sink.version);
        if (!positions.ok()) {
            return not_now(
                fmt::format("which rows are in the table of the sink {} already is not "
                            "known: {}",
                            sink.sink.value, positions.error().operator_text()));
        }
        covered_.add(sink.version.sink, positions.value(), settings_.topic);
    }
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
    if (delivery_.is_filling() && !is_mapping_held_up_) say(SourceState::reading);
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
    delivery_.wait_a_while();
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

void SourceReader::say(SourceState state, std::string reason) {
    board_.say(state, std::move(reason));
}

// Of logs that nothing is fetched of, the library's last word is old: ask_for_ends().
void SourceReader::publish() {
    board_.publish({.durable = delivery_.durable(),
                    .route = route_.get(),
                    .topic = is_reading_held_up() ? nullptr : places_.reader(),
                    .undecodable = maker_.undecodable()});
}

bool SourceReader::is_reading_held_up() const {
    return delivery_.is_held_up() || is_mapping_held_up_;
}

}  // namespace millrace::kafka
