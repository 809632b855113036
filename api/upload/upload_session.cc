#include "api/upload/upload_session.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "api/log/log.h"
#include "api/upload/invisible_rows.h"
#include "core/base/error_names.h"
#include "core/base/shown_text.h"
#include "core/model/csv_parser_rules.h"
#include "core/pipeline/upload_parts.h"

namespace millrace::upload {
namespace {

constexpr std::size_t kPieceBytes = 64 << 10;        // read at once; then the operation may be full
constexpr std::size_t kScarceBytes = 64 << 10;       // of an inbox while all together have too much
constexpr std::size_t kUnfinishedBytes = 256 << 10;  // of a record, for which there is room always
constexpr Milliseconds kSyncEvery{50};               // where the client does not wait for its batch

Error not_found(std::string_view table) {
    return Error(Code::not_found, fmt::format("There is no table \"{}\" for uploads; POST "
                                              "/v1/branches/{{branchId}}/tables makes one.",
                                              shortened(table, 200)))
        .named(error_names::kUploadTableNotFound);
}

}  // namespace

UploadSession::UploadSession(const UploadPorts& ports, UploadOrder order, Events events)
    : ports_(ports), events_(std::move(events)), order_(std::move(order)), work_(ports.pool) {
    outcome_.request_id = order_.request.request_id;
    outcome_.query_id = order_.request.query_id;
}

void UploadSession::start() {
    ++ports_.counters.open;
    ports_.live.with([&](auto& live) { live.insert(shared_from_this()); });
    began_ = ports_.stores.clock.steady();
    synced_ = began_;
    wake();
}

template <typename Change>
void UploadSession::change(Change change) {
    inbox_.with(std::move(change));
    wake();
}

void UploadSession::wake() {
    work_.wake([self = shared_from_this()] { self->work(); });
}

void UploadSession::on_strand(std::function<void()> act) {
    change([&](Inbox& inbox) { inbox.acts.push_back(std::move(act)); });
}

// Half of what an upload may have waits here, the other half is being read.
bool UploadSession::give(std::string_view piece) {
    auto& all = ports_.counters.buffered_bytes;
    const auto own = std::max<std::uint64_t>(ports_.limits.input_bytes / 2, 1);
    const bool is_scarce = all > ports_.limits.all_input_bytes;
    const auto most = is_scarce ? std::min(own, std::uint64_t{kScarceBytes}) : own;
    bool wants_more = true;
    change([&](Inbox& inbox) {
        if (inbox.is_over) return;
        inbox.bytes += piece;
        all += piece.size();
        inbox.is_full = inbox.bytes.size() >= most;
        wants_more = !inbox.is_full;
    });
    return wants_more;
}

void UploadSession::end_body() {
    change([](Inbox& inbox) { inbox.is_whole = true; });
}

void UploadSession::cut(const Error& why) {
    change([&](Inbox& inbox) {
        if (!inbox.cut) inbox.cut = why;
    });
}

void UploadSession::refuse_body(const Error& why) {
    change([&](Inbox& inbox) {
        inbox.cut = why;
        inbox.is_refused = true;
    });
}

void UploadSession::work() {
    try {
        run_acts();
        step();
    } catch (const std::exception& exception) {
        fail(Error(Code::internal, exception.what()));
    }
}

void UploadSession::run_acts() {
    auto acts = inbox_.with([](Inbox& inbox) { return std::exchange(inbox.acts, {}); });
    for (const auto& act : acts) act();
}

void UploadSession::take() {
    const bool wants_bytes = phase_ == Phase::receiving && read_ == bytes_.size();
    if (wants_bytes) {
        // Room that it does not use is another one's while that is scarce.
        const bool is_scarce = ports_.counters.buffered_bytes > ports_.limits.all_input_bytes;
        if (is_scarce && bytes_.capacity() > kScarceBytes) bytes_ = {};
        bytes_.clear();
        read_ = 0;
    }
    const bool was_full = inbox_.with([&](Inbox& inbox) {
        is_whole_ = inbox.is_whole;
        cut_ = inbox.cut;
        is_refused_ = inbox.is_refused;
        if (!wants_bytes) return false;
        inbox.bytes.swap(bytes_);
        return std::exchange(inbox.is_full, false);
    });
    if (was_full) events_.want_body();
}

void UploadSession::step() {
    if (phase_ != Phase::starting && phase_ != Phase::receiving) return;
    take();
    const bool is_cancelled =
        cut_ && !is_whole_ && (is_refused_ || !order_.request.commit_on_disconnect);
    if (is_cancelled) return fail(*cut_);
    if (phase_ == Phase::starting) {
        if (const auto begun = begin(); !begun.ok()) return fail(begun.error());
        if (phase_ != Phase::starting) return;  // it is answered
        phase_ = Phase::receiving;
        events_.want_body();
        return wake();
    }
    receive();
}

void UploadSession::receive() {
    if (const auto failure = operation_->failure()) return fail(*failure);
    if (const auto done = consume(); !done.ok()) return fail(done.error());
    report();
    if (phase_ != Phase::receiving || read_ < bytes_.size()) return;  // it is woken
    const bool has_more = inbox_.with([](const Inbox& inbox) { return !inbox.bytes.empty(); });
    if (has_more) return wake();
    if (is_whole_ || cut_) finish();
}

Result<DefinedTable> UploadSession::find_table() const {
    auto id = TableId::parse(order_.table);
    if (!id.ok()) return not_found(order_.table);
    TRY_ASSIGN(auto table, ports_.tables.find_table({.project = ports_.scope.project,
                                                     .branch = ports_.scope.branch,
                                                     .table = std::move(id).value()}));
    if (!table) return not_found(order_.table);
    return std::move(*table);
}

Result<bulk::UploadSpec> UploadSession::spec_of(const DefinedTable& table) const {
    const bool is_standalone = table.kind == TableKind::standalone;
    if (is_standalone && order_.request.deletes.value_or(false)) {
        return Error(Code::invalid, "sysOp is 1, and a standalone table takes no deletes.")
            .named(error_names::kUploadInvalidOption);
    }
    const bool is_avro = order_.request.format == DataFormat::avro;
    const auto readable = check_csv_together(ports_.csv, table.csv_parser);
    if (!is_avro && !readable.ok()) {
        return Error(Code::invalid,
                     fmt::format("CSV of this table cannot be read, as the table and the "
                                 "configuration do not go together: {}.",
                                 readable.error().client_text()))
            .named(error_names::kUploadInvalidOption);
    }
    return bulk::UploadSpec{.table = table,
                            .format = is_avro ? bulk::UploadFormat::avro : bulk::UploadFormat::csv,
                            .csv = bulk::dialect_of(ports_.csv, table.csv_parser),
                            .deletes = order_.request.deletes,
                            .may_have_sign = !is_standalone,
                            .now = ports_.stores.clock.wall(),
                            .sums_rows = is_standalone,
                            .record_bytes_max = ports_.limits.input_bytes,
                            .batch_rows = ports_.limits.batch_rows};
}

Result<void> UploadSession::begin() {
    TRY(ports_.accepting());
    TRY_ASSIGN(const auto table, find_table());
    TRY_ASSIGN(auto spec, spec_of(table));
    TRY_ASSIGN(
        auto begun,
        begin_operation(ports_, {.table = table,
                                 .query_id = order_.request.query_id,
                                 .request_id = order_.request.request_id,
                                 .on_strand = [weak = weak_from_this()](std::function<void()> act) {
                                     if (auto self = weak.lock()) self->on_strand(std::move(act));
                                 }}));
    if (begun.first) return replay(*begun.first);
    operation_ = std::move(begun.operation);
    outcome_.operation = operation_->number();
    spec.rows_before = operation_->rows_before();
    spec.crc_before = operation_->crc_before();
    told_.rows = operation_->durable_rows();
    decoder_ = std::make_unique<http::StreamDecoder>(order_.request.coding,
                                                     std::numeric_limits<std::uint64_t>::max());
    reader_ = std::make_unique<bulk::UploadReader>(
        std::move(spec), ports_.make_reader,
        bulk::UploadReader::Events{
            .has_header =
                [this](const SliceHeader& header) { return operation_->begin_rows(header); },
            .take = [this](const bulk::BulkReader::Rows& rows) { return operation_->add(rows); }});
    return {};
}

// The outcome of the operation that has the id: its client did not hear it, or asks again.
Result<void> UploadSession::replay(const Load& first) {
    if (first.table.text() != order_.table) {
        return Error(Code::conflict, fmt::format("The queryId is of an upload into the table {}.",
                                                 first.table.text()))
            .named(error_names::kUploadQueryIdTaken);
    }
    if (first.state != LoadState::committed) {
        return Error(Code::conflict, "An upload with this queryId is running.")
            .named(error_names::kUploadQueryIdRunning);
    }
    auto& loads = ports_.stores.loads;
    const auto info = nlohmann::json::parse(first.info, nullptr, false);
    outcome_.request_id = info.is_object() ? info.value("requestId", "") : "";
    outcome_.operation = first.number;
    TRY_ASSIGN(const auto parts, pipeline::last_part_of(loads, first));
    outcome_.rows = parts ? parts->rows : first.counts.rows;
    TRY_ASSIGN(outcome_.is_visible, loads.is_imported(first));
    phase_ = Phase::ending;
    if (outcome_.is_visible || !first.file || !is_other_waiting()) {
        replayed(first);
        return {};
    }
    // It may still fail, as long as nobody has heard that it is done.
    ports_.wait_visible(
        first, ports_.limits.visible,
        [weak = weak_from_this(), first](bool is_visible) {
            const auto self = weak.lock();
            if (!self) return;
            self->on_strand([self, first, is_visible] {
                self->outcome_.is_visible = is_visible;
                self->replayed(first);
            });
        },
        pipeline::VisibleLoads::IfRefused::as_others);
    return {};
}

// Whether another request with this queryId has no answer yet.
bool UploadSession::is_other_waiting() const {
    return ports_.live.with([&](const auto& live) {
        return std::ranges::any_of(live, [&](const auto& other) {
            return other.get() != this && other->order_.request.query_id == order_.request.query_id;
        });
    });
}

void UploadSession::replayed(const Load& first) {
    if (!outcome_.is_visible) {
        const auto fate = fate_of(ports_, first.number);
        if (!fate.ok()) {
            outcome_.rows = 0;
            return fail(fate.error());
        }
        outcome_.set_aside = fate.value();
    }
    ++ports_.counters.replayed;
    answer();
}

Result<void> UploadSession::consume() {
    while (read_ < bytes_.size() && !operation_->is_full()) {
        const auto piece = std::string_view(bytes_).substr(read_, kPieceBytes);
        read_ += piece.size();
        body_bytes_ += piece.size();
        ports_.counters.buffered_bytes -= piece.size();
        TRY(read(piece));
    }
    return {};
}

Result<void> UploadSession::read(std::string_view coded) {
    while (true) {
        auto plain = decoder_->next(coded);
        if (!plain.ok() && plain.error().name().empty()) {
            return Error(plain.error().code(), plain.error().client_text())
                .named(error_names::kUploadMalformed);
        }
        TRY_ASSIGN(const auto piece, std::move(plain));
        if (piece.empty()) return {};
        ports_.counters.bytes += piece.size();
        const auto records = reader_->records();
        TRY(reader_->feed(piece));
        TRY(hold_unfinished(piece.size(), records));
    }
}

// What the reader keeps of a record, or of a block of Avro, is memory of all uploads too. Who wants
// more of it while there is none ends: those that have some could all wait for each other forever.
Result<void> UploadSession::hold_unfinished(std::size_t fed, std::uint64_t records_before) {
    unfinished_bytes_ = reader_->records() > records_before ? 0 : unfinished_bytes_ + fed;
    // No record is larger than the limit; what is more are lines without one. Its memory doubles.
    const auto needed = 2 * std::min(unfinished_bytes_, ports_.limits.input_bytes);
    auto& all = ports_.counters.buffered_bytes;
    const bool wants_more = needed > held_bytes_;
    all += needed - std::exchange(held_bytes_, needed);
    const bool has_room =
        unfinished_bytes_ <= kUnfinishedBytes || all <= ports_.limits.all_input_bytes;
    if (!wants_more || has_room) return {};
    return Error(Code::overloaded,
                 "All uploads together hold as much of unfinished records as they may; send this "
                 "one again later, with the same queryId, and with smaller records or blocks.")
        .named(error_names::kUploadUnavailable);
}

// A client that waits for its batch gets its answer at once; one that goes on, now and then.
void UploadSession::report() {
    if (!order_.wants_progress || phase_ != Phase::receiving) return;
    const auto now = ports_.stores.clock.steady();
    const bool is_idle =
        inbox_.with([](const Inbox& inbox) { return inbox.bytes.empty(); }) && !is_whole_;
    if (is_idle || now >= synced_ + kSyncEvery) {
        synced_ = now;
        if (const auto synced = operation_->sync(); !synced.ok()) return fail(synced.error());
    }
    const auto rows = operation_->durable_rows();
    const UploadProgress progress{.batches = rows / ports_.limits.batch_rows,
                                  .rows = rows,
                                  .bytes = operation_->durable_bytes()};
    if (progress.batches == told_.batches) return;
    told_ = progress;
    events_.progress(progress);
}

Result<void> UploadSession::finish_rows(bool is_whole) {
    if (!is_whole) return reader_->cut();
    auto finished = decoder_->finish();
    if (!finished.ok() && finished.error().name().empty()) {
        return Error(finished.error().code(), finished.error().client_text())
            .named(error_names::kUploadMalformed);
    }
    TRY(std::move(finished));
    return reader_->finish();
}

void UploadSession::finish() {
    if (const auto done = finish_rows(is_whole_); !done.ok()) return fail(done.error());
    phase_ = Phase::ending;
    operation_->end(is_whole_ ? Client::waits : Client::gone,
                    [weak = weak_from_this()](const Result<OperationEnd>& end) {
                        if (auto self = weak.lock()) self->ended(end);
                    });
}

void UploadSession::ended(const Result<OperationEnd>& end) {
    if (!end.ok()) return fail(end.error());
    outcome_.rows = end.value().rows;
    outcome_.is_visible = end.value().is_visible;
    outcome_.set_aside = end.value().set_aside;
    ports_.counters.rows += outcome_.rows;
    ++ports_.counters.done;
    answer();
}

void UploadSession::fail(const Error& error) {
    if (phase_ == Phase::over || phase_ == Phase::cancelling) return;
    phase_ = Phase::cancelling;
    outcome_.failure = failure_of(error);
    if (reader_ && reader_->fault() != nullptr) outcome_.failure->row = *reader_->fault();
    if (outcome_.failure->status >= 500) {
        log::warn("upload_failed",
                  {{"queryId", outcome_.query_id}, {"cause", error.operator_text()}});
    }
    if (!operation_) {
        ++ports_.counters.refused;
        return answer();
    }
    ++ports_.counters.cancelled;
    operation_->cancel(shortened(outcome_.failure->message, 500), [weak = weak_from_this()] {
        const auto self = weak.lock();
        if (!self) return;
        self->outcome_.rows = self->operation_->kept_rows();
        self->answer();
    });
}

void UploadSession::answer() {
    phase_ = Phase::over;
    outcome_.batches = (outcome_.rows + ports_.limits.batch_rows - 1) / ports_.limits.batch_rows;
    const auto left = inbox_.with([](Inbox& inbox) {
        inbox.is_over = true;
        return std::exchange(inbox.bytes, {}).size();
    });
    ports_.counters.buffered_bytes -= left + (bytes_.size() - read_) + held_bytes_;
    held_bytes_ = 0;
    read_ = 0;
    bytes_ = {};
    reader_.reset();
    decoder_.reset();
    --ports_.counters.open;
    const auto ms = std::chrono::duration_cast<Milliseconds>(ports_.stores.clock.steady() - began_);
    log::info("upload_ended", {{"queryId", outcome_.query_id},
                               {"table", order_.table},
                               {"load", outcome_.operation ? outcome_.operation->value : 0},
                               {"status", outcome_.status()},
                               {"rows", outcome_.rows},
                               {"bytes", body_bytes_},
                               {"ms", std::int64_t{ms.count()}}});
    // Before: who asks again once it is answered does not wait for it.
    ports_.live.with([&](auto& live) { live.erase(shared_from_this()); });
    events_.answer(outcome_);
}

}  // namespace millrace::upload
