#include "api/stream_load/load_session.h"

#include <fmt/format.h>

#include <exception>
#include <nlohmann/json.hpp>
#include <utility>

#include "api/log/log.h"
#include "api/stream_load/answer_texts.h"
#include "core/base/error_names.h"
#include "core/base/shown_text.h"

namespace millrace::stream_load {
namespace {

constexpr std::size_t kInboxBytes = 256 << 10;
constexpr std::size_t kShownReason = 1000;  // characters

Milliseconds since(SteadyTime begin, SteadyTime now) {
    return std::chrono::duration_cast<Milliseconds>(now - begin);
}

std::string group_label(Rng& random) {
    return fmt::format("group_commit_{:016x}{:016x}", random.next(), random.next());
}

std::string rows_are_aside(std::string_view why) {
    return fmt::format("its rows are set aside, and will be visible only if they are restored: {}",
                       why);
}

}  // namespace

LoadSession::LoadSession(const LoadPorts& ports, LoadOrder order, Events events)
    : ports_(ports), events_(std::move(events)), order_(std::move(order)), work_(ports.pool) {
    auto& label = order_.request.label;
    auto& random = ports_.stores.random;
    if (label.empty()) {
        label = order_.request.group_commit == GroupCommit::off
                    ? to_string(random.uuid_v7(ports_.stores.clock.age()))
                    : group_label(random);
    }
    result_ = result_of(order_.request);
}

void LoadSession::start() {
    ++ports_.counters.open;
    began_ = ports_.stores.clock.steady();
    wake();
}

template <typename Change>
void LoadSession::change(Change change) {
    inbox_.with(std::move(change));
    wake();
}

void LoadSession::wake() {
    work_.wake([self = shared_from_this()] { self->work(); });
}

bool LoadSession::give(std::string_view piece) {
    bool wants_more = true;
    change([&](Inbox& inbox) {
        inbox.bytes += piece;
        inbox.is_full = inbox.bytes.size() >= kInboxBytes;
        wants_more = !inbox.is_full;
    });
    return wants_more;
}

void LoadSession::end_body() {
    change([](Inbox& inbox) { inbox.is_whole = true; });
}

void LoadSession::give_up(std::string_view reason) {
    change([&](Inbox& inbox) {
        if (!inbox.given_up) inbox.given_up = std::string(reason);
    });
}

void LoadSession::refuse_body(const Error& why) {
    change([&](Inbox& inbox) { inbox.refused = why; });
}

LoadSession::Taken LoadSession::take() {
    bytes_.clear();
    return inbox_.with([this](Inbox& inbox) {
        if (phase_ == Phase::receiving) inbox.bytes.swap(bytes_);
        return Taken{.was_full = phase_ == Phase::receiving && std::exchange(inbox.is_full, false),
                     .is_whole = inbox.is_whole,
                     .given_up = inbox.given_up,
                     .refused = inbox.refused};
    });
}

void LoadSession::work() {
    try {
        step();
    } catch (const std::exception& exception) {
        // What was handed on for its commit is answered by that.
        const Error error(Code::internal, exception.what());
        if (phase_ != Phase::ending) fail(error, kInternalError);
    }
}

void LoadSession::step() {
    if (phase_ == Phase::ending || phase_ == Phase::over) return;
    const auto taken = take();
    if (taken.refused) return fail(*taken.refused, kInvalidArgument);
    if (taken.given_up) {
        return fail(Error(Code::conflict, *taken.given_up), kCancelled);
    }
    if (phase_ == Phase::starting) {
        if (const auto begun = begin(); !begun.ok()) return fail(begun.error(), kAnalysisError);
        phase_ = Phase::receiving;
        return events_.want_body();
    }
    if (taken.was_full) events_.want_body();
    if (const auto done = consume(); !done.ok()) return refuse(done.error());
    if (taken.is_whole && may_read_file()) finish_body();
}

Result<DefinedTable> LoadSession::find_table() const {
    const auto unknown = [this] {
        if (order_.request.group_commit != GroupCommit::off) {
            return analysis_error(
                fmt::format("OlapTable not found. table: {}", shortened(order_.table, 100)));
        }
        return analysis_error(
            fmt::format("unknown table, tableName={}, tables for loads are made by "
                        "POST /v1/branches/{{branchId}}/tables",
                        shortened(order_.table, 100)));
    };
    auto id = TableId::parse(bucket_of(order_.database) + "." + order_.table);
    if (!id.ok()) return unknown();
    TRY_ASSIGN(auto table, ports_.tables.find_table({.project = ports_.scope.project,
                                                     .branch = ports_.scope.branch,
                                                     .table = std::move(id).value()}));
    if (!table) return unknown();
    return std::move(*table);
}

Error LoadSession::label_exists(Load first) {
    const auto imported = ports_.stores.loads.is_imported(first);
    const bool is_imported = imported.ok() && imported.value();
    auto said = fmt::format("Label [{}] has already been used, relate to txn [{}]",
                            order_.request.label, first.number.value);
    const auto held = is_imported ? Held{} : why_held(first);
    if (held.aside || held.failing) said += fmt::format(", {}", told_of(held));
    result_.first = FirstLoad{.load = std::move(first), .is_imported = is_imported};
    return Error(Code::conflict, fmt::format("[{}]{}", kLabelAlreadyExists, detail(said)))
        .named(error_names::kLoadLabelExists);
}

// Before anything is made for a load that cannot be.
Result<void> LoadSession::refuse_taken_label() {
    TRY_ASSIGN(auto first, ports_.stores.loads.find_load(
                               ports_.scope, stored_label(order_.database, order_.request.label)));
    if (first && first->state != LoadState::aborted) return label_exists(std::move(*first));
    return {};
}

LoadSpec LoadSession::spec_of(const DefinedTable& table, VolumeId volume) const {
    const auto& request = order_.request;
    nlohmann::ordered_json info = {{"door", "stream_load"},
                                   {"database", order_.database},
                                   {"label", request.label},
                                   {"comment", request.comment},
                                   {"twoPhaseCommit", request.two_phase_commit}};
    return {.scope = ports_.scope,
            .label = stored_label(order_.database, request.label),
            .table = mapping_of(table),
            .volume = std::move(volume),
            .times = {.prepared = ports_.prepared_time},
            .info = info.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)};
}

Result<void> LoadSession::begin() {
    const auto& clock = ports_.stores.clock;
    TRY(ports_.accepting());
    TRY_ASSIGN(const auto table, find_table());
    TRY(refuse_taken_label());
    const auto& request = order_.request;
    TRY_ASSIGN(auto decoder, BodyDecoder::make(request.compress_type, request.content_encoding));
    const auto planned = clock.steady();
    TRY_ASSIGN(auto reader, make_reader(table));
    const auto beginning = clock.steady();
    result_.timings.plan = since(planned, beginning);
    // Loads of one table go to one volume as long as it takes rows: between volumes there is no
    // order.
    TRY_ASSIGN(auto volume, ports_.stores.slices.volume_of(SourceId(table.key.table.text())));
    TRY(ports_.has_room_for(volume, order_.announced_bytes));
    TRY_ASSIGN(auto begun, ports_.stores.loads.begin_load(spec_of(table, std::move(volume)),
                                                          instant_of(clock)));
    if (!begun.is_new) return label_exists(std::move(begun.load));
    result_.timings.begin = since(beginning, clock.steady());
    result_.load = begun.load.number;
    auto writer = std::make_unique<pipeline::LoadWriter>(ports_.stores, std::move(begun.load),
                                                         reader->header(), pipeline::LoadLimits{},
                                                         &ports_.pool);
    rows_ = std::make_unique<LoadRows>(clock,
                                       LoadRows::Parts{.decoder = std::move(decoder),
                                                       .reader = std::move(reader),
                                                       .writer = std::move(writer)},
                                       [this] { return check_given_up(); });
    return {};
}

Result<std::unique_ptr<bulk::BulkReader>> LoadSession::make_reader(const DefinedTable& table) {
    auto& request = order_.request;
    if (request.statement) {
        TRY(apply(*request.statement, table, request.format, request.mapping));
    }
    TRY(set_up_parquet());
    auto reader = ports_.make_reader({.table = table,
                                      .format = request.format,
                                      .mapping = request.mapping,
                                      .now = ports_.stores.clock.wall()});
    if (reader.ok()) return reader;
    const bool is_named = reader.error().code() != Code::invalid || !reader.error().name().empty();
    return is_named ? reader.error() : analysis_error(reader.error().client_text());
}

Result<void> LoadSession::set_up_parquet() {
    auto* const parquet = std::get_if<bulk::ParquetFormat>(&order_.request.format);
    if (parquet == nullptr) return {};
    const auto usable = ports_.parquet.check();
    if (!usable.ok() && usable.error().code() == Code::not_found) {
        return not_implemented(
            "data of the format parquet cannot be loaded, as this server has no library that reads "
            "it (libduckdb.so), please send csv or json");
    }
    if (!usable.ok()) return usable.error();
    parquet->begin = [this] { return ports_.parquet.begin(rows_->load().volume); };
    parquet->may_go_on = [this] { return check_given_up(); };
    return {};
}

Result<void> LoadSession::check_given_up() const {
    const auto given_up = inbox_.with([](const Inbox& inbox) { return inbox.given_up; });
    if (given_up) return Error(Code::conflict, *given_up);
    return {};
}

// Whether its rows may be read now; a file that has to wait wakes this when it may.
bool LoadSession::may_read_file() {
    const bool is_file = std::holds_alternative<bulk::ParquetFormat>(order_.request.format);
    if (!is_file || turn_) return true;
    turn_ = ports_.parquet_turns.take([weak = weak_from_this()] {
        if (const auto self = weak.lock()) self->wake();
    });
    return turn_.has_value();
}

Result<void> LoadSession::consume() {
    if (bytes_.empty()) return {};
    result_.bytes += bytes_.size();
    return rows_->feed(bytes_);
}

// Of the body, or that the load was ended.
void LoadSession::refuse(const Error& error) {
    fail(error, error.code() == Code::conflict ? kCancelled : kDataQualityError);
}

void LoadSession::finish_body() {
    result_.timings.receive = since(began_, ports_.stores.clock.steady());
    const auto done = rows_->finish();
    turn_.reset();
    if (!done.ok()) return refuse(done.error());
    result_.counts = rows_->reader().counts();
    if (result_.bytes == 0 && !order_.request.two_phase_commit) {
        // Who asks in this way whether he may load sends his rows with the same label then.
        rows_->abort("its body was empty");
        return succeed(LoadStatus::success);
    }
    if (const auto written = rows_->write_out(); !written.ok()) {
        return fail(written.error(), kInternalError);
    }
    keep_error_log();
    phase_ = Phase::ending;
    commit_began_ = ports_.stores.clock.steady();
    if (order_.request.two_phase_commit) return prepare();
    commit();
}

// `more` comes behind the rows that were filtered.
void LoadSession::keep_error_log(std::string_view more) {
    if (rows_ == nullptr) return;
    const auto text = rows_->reader().error_log() + std::string(more);
    if (text.empty()) return;
    const auto name = ports_.error_logs.keep(*result_.load, text);
    if (!name.ok()) {
        log::warn("stream_load_errors_not_kept", {{"cause", name.error().operator_text()}});
        return;
    }
    result_.error_url = order_.error_log_url + name.value();
}

// What may have happened is asked for again.
void LoadSession::prepare() {
    auto prepared = ports_.ends.prepare(*result_.load);
    if (!prepared.ok() && prepared.error().code() == Code::unknown_outcome) {
        prepared = ports_.ends.prepare(*result_.load);
    }
    if (prepared.ok()) return succeed(LoadStatus::success);
    static_cast<void>(ports_.ends.abort(*result_.load, "it was not prepared").ok());
    fail(prepared.error(), kInternalError);
}

void LoadSession::commit() {
    ports_.ends.commit(*result_.load, [self = shared_from_this()](Result<Load> outcome) {
        self->then([self, outcome = std::move(outcome)] { self->committed(outcome); });
    });
}

// On a thread of the pool, and not on one that others need.
void LoadSession::then(std::function<void()> act) {
    ports_.pool.post([self = shared_from_this(), act = std::move(act)] {
        try {
            act();
        } catch (const std::exception& exception) {
            self->fail(Error(Code::internal, exception.what()), kInternalError);
        }
    });
}

void LoadSession::committed(Result<Load> outcome) {
    if (!outcome.ok()) return resolve(outcome.error());
    const auto& load = outcome.value();
    if (order_.request.group_commit == GroupCommit::async_mode) {
        ports_.wait_visible(load, Milliseconds{1}, nullptr);
        return succeed(LoadStatus::success);
    }
    wait_visible(load);
}

// The abort tells whether it was committed after all.
void LoadSession::resolve(const Error& error) {
    const auto until = commit_began_ + order_.request.time.value_or(kUsualTime);
    const bool may_wait =
        error.name() == error_names::kLoadCommitDelayed && ports_.stores.clock.steady() < until;
    if (may_wait) return commit();
    const auto aborted = ports_.ends.abort(*result_.load, "its commit failed");
    const bool is_committed =
        error.name() == error_names::kLoadAlreadyCommitted ||
        (!aborted.ok() && aborted.error().name() == error_names::kLoadAlreadyCommitted);
    if (!is_committed) return fail(error, kInternalError);
    const auto load = ports_.stores.loads.find_load(*result_.load);
    if (!load.ok() || !load.value()) {  // its rows will be there
        return succeed(LoadStatus::publish_timeout);
    }
    wait_visible(*load.value());
}

void LoadSession::wait_visible(const Load& load) {
    ports_.wait_visible(load, order_.request.time.value_or(kUsualTime),
                        [self = shared_from_this()](bool is_there) {
                            self->then([self, is_there] {
                                if (is_there) return self->succeed(LoadStatus::success);
                                self->not_visible();
                            });
                        });
}

LoadSession::Held LoadSession::why_held(const Load& load) const {
    if (!load.file) return {};
    const auto file = ports_.find_file(*load.file);
    if (!file.ok() || !file.value()) return {};
    Held held;
    if (file.value()->aside) held.aside = file.value()->aside->reason;
    if (file.value()->retry.attempt > 0) held.failing = file.value()->retry.reason;
    return held;
}

// What becomes of committed rows that are not in their table.
std::string LoadSession::told_of(const Held& held) {
    if (held.aside) return rows_are_aside(*held.aside);
    if (!held.failing) return "data will be visible later";
    return fmt::format("data will be visible later, once this is mended: {}",
                       shortened(*held.failing, kShownReason));
}

void LoadSession::not_visible() {
    const auto load = ports_.stores.loads.find_load(*result_.load);
    if (!load.ok() || !load.value()) return succeed(LoadStatus::publish_timeout);
    const auto held = why_held(*load.value());
    const auto& reason = load.value()->reason;
    if (load.value()->state != LoadState::aborted) {
        return succeed(LoadStatus::publish_timeout, told_of(held));
    }
    if (held.aside) {
        return fail(Error(Code::conflict, fmt::format("the load was given up: {}", reason)),
                    kCancelled);
    }
    keep_error_log(fmt::format("Reason: {}. src line []; \n", reason));
    fail(Error(Code::conflict, fmt::format("the table refuses a row: {}", reason)),
         kDataQualityError);
}

void LoadSession::succeed(LoadStatus status, std::string_view but) {
    result_.status = status;
    if (status == LoadStatus::publish_timeout) {
        result_.message =
            fmt::format("[{}]{}", kPublishTimeout,
                        detail(fmt::format("transaction commit successfully, BUT {}", but)));
    }
    if (phase_ == Phase::ending) {
        result_.timings.commit = since(commit_began_, ports_.stores.clock.steady());
    }
    answer();
}

// What was left out is kept with a load once it is written, and is worth that: its owner looks for
// it in the loads, long after the answer.
void LoadSession::abort_load(std::string_view reason) {
    const auto& counts = result_.counts;
    const bool has_left_out = counts.filtered > 0 || counts.unselected > 0;
    if (phase_ != Phase::ending && has_left_out && rows_->write_out().ok()) {
        static_cast<void>(ports_.ends.abort(*result_.load, reason).ok());  // or its time ends it
    } else {
        rows_->abort(reason);
    }
}

void LoadSession::fail(const Error& error, std::string_view cls) {
    if (phase_ == Phase::over) return;
    const bool is_taken = error.name() == error_names::kLoadLabelExists;
    result_.status = is_taken ? LoadStatus::label_already_exists : LoadStatus::fail;
    result_.message = message_of(error, cls);
    if (rows_ != nullptr) {
        result_.counts = rows_->reader().counts();
        result_.first_error = rows_->reader().first_error();
        if (result_.error_url.empty()) keep_error_log();
        abort_load(shortened(result_.message, 500));
    }
    const bool is_ours = error.code() != Code::invalid && error.code() != Code::conflict &&
                         error.code() != Code::too_large;
    if (is_ours) {
        log::warn("stream_load_failed",
                  {{"label", order_.request.label}, {"cause", error.operator_text()}});
    }
    answer();
}

void LoadSession::answer() {
    phase_ = Phase::over;
    if (rows_ != nullptr) {
        using std::chrono::duration_cast;
        result_.timings.read = duration_cast<Milliseconds>(rows_->parsing());
        result_.timings.write = duration_cast<Milliseconds>(rows_->writing());
    }
    rows_.reset();
    turn_.reset();
    result_.timings.whole = since(began_, ports_.stores.clock.steady());
    --ports_.counters.open;
    ports_.counters.add(result_);
    const auto& counts = result_.counts;
    log::info("stream_load_ended", {{"label", result_.label},
                                    {"table", bucket_of(order_.database) + "." + order_.table},
                                    {"load", result_.load ? result_.load->value : 0},
                                    {"status", std::string(to_string(result_.status))},
                                    {"rows", counts.loaded},
                                    {"filtered", counts.filtered},
                                    {"unselected", counts.unselected},
                                    {"bytes", result_.bytes},
                                    {"ms", std::int64_t{result_.timings.whole.count()}}});
    events_.answer(result_);
}

}  // namespace millrace::stream_load
