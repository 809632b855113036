#include "api/kafka/batch_maker.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "core/base/error_names.h"
#include "core/mapping/json_text.h"
#include "core/mapping/message_key.h"
#include "core/mapping/origin.h"
#include "core/pipeline/recent_requests.h"

namespace millrace::kafka {
namespace {

constexpr std::size_t kProblemsSeen = 3;        // of a sink
constexpr std::string_view kNullBody = "null";  // of a message without a value

// As a `headers` column has them. Of equal names the first counts.
std::string headers_json(std::span<const RequestHeader> headers) {
    std::string json = "{";
    std::vector<std::string_view> names;
    for (const auto& [name, value] : headers) {
        if (std::ranges::find(names, name) != names.end()) continue;
        names.push_back(name);
        if (json.size() > 1) json += ',';
        mapping::append_json_string(json, name);
        json += ':';
        mapping::append_json_string(json, value);
    }
    return json + "}";
}

std::string place_of(const TopicMessage& message) {
    return fmt::format("partition {}, offset {}", message.partition, message.offset);
}

// "topic/partition/epoch/offset" of the first record of a message, "/number" behind it of others.
bool is_of_message(std::string_view once, std::string_view first) {
    return once.starts_with(first) && (once.size() == first.size() || once[first.size()] == '/');
}

std::uint64_t number_of_record(std::string_view once, std::string_view first) {
    std::uint64_t number = 1;
    if (once.size() <= first.size() + 1) return number;
    const auto text = once.substr(first.size() + 1);
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

Error message_too_large() {
    return Error(Code::too_large, "the rows of the message do not fit in a batch of the journal")
        .named(error_names::kInPayloadTooLarge);
}

Error no_answer_of_filter(const Error& error) {
    return Error(Code::invalid, fmt::format("the filter: {}", error.client_text()))
        .named(error_names::kInInvalidMessage);
}

}  // namespace

void BatchMaker::begin(std::shared_ptr<const pipeline::SourceRoute> route,
                       const KafkaSettings& settings, const SourceProgress& from,
                       const Means& means) {
    route_ = std::move(route);
    topic_ = settings.topic;
    on_null_ = settings.on_null;
    decoder_.emplace(settings, means.schemas);
    filter_ = means.filter;
    deletes_ = means.deletes;
    covered_ = means.covered;
    after_ = from;
    begin_next();
}

void BatchMaker::begin_next() {
    before_ = after_;
    began_at_.reset();
    rows_.assign(route_->sinks.size(), {});
    rows_bytes_ = 0;
    rejects_.clear();
    rejects_bytes_ = 0;
    messages_ = 0;
    counts_.assign(route_->sinks.size(), {});
    seen_.clear();
    is_ended_ = false;
}

bool BatchMaker::is_full() const {
    return is_ended_ || rows_bytes_ >= limits_.rows_bytes ||
           rejects_bytes_ >= limits_.rejects_bytes || rejects_.size() >= limits_.rejects;
}

Record BatchMaker::record_of(const FetchedMessage& message, const Instant& now) {
    headers_.clear();
    for (const auto& [name, value] : message.headers) {
        headers_.push_back({.name = name, .value = value.value_or("")});
    }
    const auto known = after_.partitions.find(message.partition);
    message_ = {.topic = topic_,
                .partition = message.partition,
                .epoch = known == after_.partitions.end() ? 0 : known->second.epoch,
                .offset = message.offset,
                .timestamp = message.timestamp,
                .key = message.key,
                .headers = headers_,
                .is_tombstone = !message.value};
    return {.arrived_at = now.wall,
            .client_ip = {},
            .headers = headers_,
            .content_type = decoder_->content_type(),
            .body = message.value.value_or(kNullBody),
            .age = now.age,
            .message = &message_};
}

// Until then columns see the key as it was sent.
Result<void> BatchMaker::decode_key(const FetchedMessage& message) {
    if (!message.key) return {};
    TRY_ASSIGN(message_.key, decoder_->decode_key(*message.key));
    return {};
}

Result<void> BatchMaker::begin_message(const FetchedMessage& message) {
    if (message.value) return decoder_->begin(*message.value);
    decoder_->begin_null();
    return {};
}

Result<void> BatchMaker::collect(const FetchedMessage& message, const Instant& now,
                                 TemplateBatch& batch) {
    if (!message.value && on_null_ != OnNull::record) return {};
    auto record = record_of(message, now);
    auto begun = decode_key(message);
    if (begun.ok()) begun = begin_message(message);
    if (!begun.ok()) {
        if (begun.error().code() == Code::unavailable) return begun;
        return {};
    }
    std::shared_ptr<const TemplateRequest> request;
    while (true) {
        const auto has_record = decoder_->next();
        if (!has_record.ok()) continue;
        if (!has_record.value()) return {};
        record.body = decoder_->record();
        if (filter_ != nullptr) {
            const auto drops = filter_->is_true_of(record.body);
            if (!drops.ok() || drops.value()) continue;
        }
        route_->mapper.begin(record, *scratch_);
        if (request == nullptr) request = route_->mapper.template_request(*scratch_);
        batch.records.push_back(route_->mapper.template_record(*scratch_, request));
    }
}

BatchMaker::Added BatchMaker::add(const FetchedMessage& message, const Instant& now,
                                  Values& values) {
    const auto values_before = values;
    const auto undecodable_before = undecodable_;
    record_number_ = 1;
    drop_message();
    auto& partition = after_.partitions[message.partition];
    const bool is_skipped = !message.value && on_null_ == OnNull::skip;
    if (!is_skipped) {
        const auto record = record_of(message, now);
        if (const auto added = add_content(message, record, values); added != Added::yes) {
            values = values_before;
            return added;
        }
        limit_rows(record);
        if (is_careful_ && !message_rejects_.empty()) {
            is_ended_ = true;
            if (messages_ > 0) {
                values = values_before;
                undecodable_ = undecodable_before;
                return Added::full;
            }
        }
        see_message(record);
        settle();
    }
    if (!began_at_) began_at_ = now;
    ++messages_;
    ++partition.messages;
    if (is_skipped) ++partition.nulls;
    partition.filtered += message_filtered_;
    partition.next = message.offset + 1;
    return Added::yes;
}

BatchMaker::Added BatchMaker::add_content(const FetchedMessage& message, const Record& record,
                                          Values& values) {
    if (const auto decoded = decode_key(message); !decoded.ok()) {
        return undecoded(record, kUndecoded, decoded.error());
    }
    if (!message.value && on_null_ == OnNull::reject) {
        reject_all(record, null_value());
    } else if (!message.value && on_null_ == OnNull::erase) {
        add_tombstone(record);
    } else {
        return add_records(message, record, values);
    }
    return Added::yes;
}

// A schema that is not known now may be later; what no schema fits is kept.
BatchMaker::Added BatchMaker::undecoded(const Record& record, std::string_view content_type,
                                        const Error& error) {
    if (error.code() == Code::unavailable) {
        waits_for_ = error.operator_text();
        return Added::waiting;
    }
    auto kept = record;
    kept.content_type = content_type;
    reject_all(kept, error);
    return Added::yes;
}

BatchMaker::Added BatchMaker::add_records(const FetchedMessage& message, const Record& whole,
                                          Values& values) {
    record_number_ = 1;
    auto record = whole;
    if (const auto begun = begin_message(message); !begun.ok()) {
        const auto content_type = decoder_->value_content_type();
        if (content_type == kUndecoded) message_.key = message.key;
        return undecoded(record, content_type, begun.error());
    }
    for (;; ++record_number_) {
        const auto has_record = decoder_->next();
        if (has_record.ok() && !has_record.value()) return Added::yes;
        record.body = decoder_->record();
        const auto drops = has_record.ok() && filter_ != nullptr ? filter_->is_true_of(record.body)
                                                                 : Result<bool>(false);
        if (!has_record.ok()) {
            reject_all(record, has_record.error());
        } else if (!drops.ok()) {
            reject_all(record, no_answer_of_filter(drops.error()));
        } else if (drops.value()) {
            ++message_filtered_;
        } else if (!add_record(record, values)) {
            return Added::busy;
        }
    }
}

// Wherever the message is read again; each of its records is kept once.
std::string BatchMaker::once_of_record() const {
    auto once =
        fmt::format("{}/{}/{}/{}", topic_, message_.partition, message_.epoch, message_.offset);
    if (record_number_ > 1) once += fmt::format("/{}", record_number_);
    return once;
}

bool BatchMaker::add_record(const Record& record, Values& values) {
    const auto templates = route_->mapper.templates()->size();
    const auto own = values.first(std::min(templates, values.size()));
    const auto deletes =
        deletes_ != nullptr ? deletes_->is_true_of(record.body) : Result<bool>(false);
    if (!deletes.ok()) {
        values = values.subspan(own.size());
        reject_all(record, no_answer_of_filter(deletes.error()));
        return true;
    }
    if (!map(record, deletes.value(), own)) return false;
    values = values.subspan(own.size());
    return true;
}

// Maps the record, or the row that deletes another. False: some sink could not take it now.
bool BatchMaker::map(const Record& record, bool deletes, Values values) {
    const auto once = once_of_record();
    const bool was_kept = !kept_.is_empty() && kept_.has_any(once);
    record_rows_.csv.clear();
    record_rows_.groups.clear();
    auto& rows = was_kept ? record_rows_ : message_rows_;
    auto& acceptance = deletes ? acceptor_.accept_delete(record, *route_, rows, values)
                               : acceptor_.accept(record, *route_, rows, values);
    if (acceptance.is_busy) return false;
    for (auto& counts : message_counts_) ++counts.accepted;
    for (const auto& refusal : acceptance.refusals) {
        --message_counts_[refusal.sink].accepted;
        ++message_counts_[refusal.sink].rejected;
    }
    for (const auto sink : acceptance.defaulted) ++message_counts_[sink].defaulted;
    if (was_kept) take_other_rows(acceptance, once);
    for (auto& item : acceptance.rejects.items) {
        item.reject.message = fmt::format("{}: {}", place_of(message_), item.reject.message);
        item.reject.once = once;
        if (message_.is_tombstone) item.reject.body = kNullBody;
        if (was_kept && kept_.has(item.reject.sink, once)) continue;
        message_rejects_.push_back(std::move(item));
    }
    return true;
}

// The row with the key of the message is deleted.
void BatchMaker::add_tombstone(const Record& record) {
    auto whole = record;
    const auto key = record.message->key ? mapping::key_as_json(*record.message->key, key_check_)
                                         : std::string(kNullBody);
    whole.body = key;
    whole.content_type = "application/json";
    map(whole, true, {});  // it needs no templates, so it is never busy
}

// Takes the rows of the record but those of sinks that have it as a reject already.
void BatchMaker::take_other_rows(const pipeline::Acceptance& acceptance, const std::string& once) {
    std::size_t begin = 0;
    for (const auto& group : record_rows_.groups) {
        const auto csv = std::string_view(record_rows_.csv).substr(begin, group.bytes);
        begin += group.bytes;
        if (kept_.has(group.sink.sink, once)) continue;
        message_rows_.csv += csv;
        pipeline::add_rows(message_rows_, group.sink, group.rows, group.bytes);
    }
    const auto& refusals = acceptance.refusals;
    for (std::size_t i = 0; i < route_->sinks.size(); ++i) {
        if (!kept_.has(route_->sinks[i].version.sink, once)) continue;
        auto& counts = message_counts_[i];
        if (std::ranges::find(refusals, i, &pipeline::Acceptance::Refusal::sink) ==
            refusals.end()) {
            --counts.accepted;
            ++counts.rejected;
        }
        if (std::ranges::find(acceptance.defaulted, i) != acceptance.defaulted.end()) {
            --counts.defaulted;
        }
    }
}

// Every sink keeps what nobody can read.
void BatchMaker::reject_all(const Record& record, const Error& error) {
    ++undecodable_;
    for (std::size_t i = 0; i < route_->sinks.size(); ++i) {
        const auto& sink = route_->sinks[i];
        ++message_counts_[i].rejected;
        Reject reject;
        reject.sink = sink.version.sink;
        reject.arrived_at = record.arrived_at;
        reject.expires_at = record.age + sink.rejects.age;
        reject.error = error.name();
        reject.message = fmt::format("{}: {}", place_of(message_), error.client_text());
        reject.content_type = record.content_type;
        reject.headers = headers_json(record.headers);
        reject.body = record.body;
        reject.origin = mapping::print_origin(record);
        reject.once = once_of_record();
        if (kept_.has(reject.sink, reject.once)) continue;
        message_rejects_.push_back({.reject = std::move(reject), .bounds = sink.rejects.bounds});
    }
}

void BatchMaker::limit_rows(const Record& record) {
    if (message_rows_.csv.size() <= limits_.rows_bytes_max) return;
    drop_message();
    record_number_ = 1;
    reject_all(record, message_too_large());
}

// Takes what was made of the message into the batch.
void BatchMaker::settle() {
    std::size_t begin = 0;
    for (const auto& group : message_rows_.groups) {
        const auto sink =
            std::ranges::find(route_->sinks, group.sink, &pipeline::SinkRoute::version);
        const auto at = std::exchange(begin, begin + group.bytes);
        if (covered_ != nullptr && covered_->has(group.sink.sink, message_)) continue;
        auto& rows = rows_[static_cast<std::size_t>(sink - route_->sinks.begin())];
        rows.csv.append(message_rows_.csv, at, group.bytes);
        rows.count += group.rows;
        rows_bytes_ += group.bytes;
    }
    for (auto& item : message_rejects_) {
        rejects_bytes_ += item.reject.bytes();
        rejects_.push_back(std::move(item));
    }
    for (std::size_t i = 0; i < counts_.size(); ++i) {
        counts_[i].accepted += message_counts_[i].accepted;
        counts_[i].rejected += message_counts_[i].rejected;
        counts_[i].defaulted += message_counts_[i].defaulted;
        auto& sink = after_.sinks[route_->sinks[i].version.sink];
        sink.accepted += message_counts_[i].accepted;
        sink.rejected += message_counts_[i].rejected;
    }
}

// Keeps what people may look at of the message, if it is one of those.
void BatchMaker::see_message(const Record& record) {
    using pipeline::SourceTap;
    const auto& tap = route_->tap;
    if (tap == nullptr) return;
    const auto has_rejects = [](const SinkCounts& counts) { return counts.rejected > 0; };
    const bool is_good = std::ranges::none_of(message_counts_, has_rejects);
    if (!tap->wants(is_good ? SourceTap::Of::accepted : SourceTap::Of::others, record.age)) return;
    record_number_ = 1;
    auto first = once_of_record();
    auto seen = pipeline::see(record);
    auto& outcome = seen.outcome;
    outcome.records = message_counts_.front().accepted + message_counts_.front().rejected;
    outcome.accepted = outcome.records;  // who cannot map one keeps it
    for (std::size_t i = 0; i < route_->sinks.size(); ++i) {
        const auto& counts = message_counts_[i];
        seen.sinks.push_back(route_->sinks[i].sink);
        auto& sink = outcome.sinks.emplace_back();
        sink.accepted = outcome.records;
        sink.kept = counts.rejected;
        sink.defaulted = counts.defaulted;
        outcome.kept = std::max(outcome.kept, counts.rejected);
        for (const auto& [reject, _] : message_rejects_) {
            if (reject.sink != route_->sinks[i].version.sink) continue;
            if (sink.problems.size() == kProblemsSeen) break;
            sink.problems.push_back(
                {.number = number_of_record(reject.once, first),
                 .error = Error(Code::invalid, reject.message).named(reject.error)});
        }
    }
    seen_.push_back({.once = std::move(first), .request = std::move(seen)});
}

std::vector<pipeline::SeenRequest> BatchMaker::take_seen() {
    std::vector<pipeline::SeenRequest> all;
    for (auto& seen : seen_) all.push_back(std::move(seen.request));
    seen_.clear();
    return all;
}

void BatchMaker::drop_message() {
    message_rows_.csv.clear();
    message_rows_.groups.clear();
    message_rejects_.clear();
    message_filtered_ = 0;
    message_counts_.assign(route_->sinks.size(), {});
}

void BatchMaker::add_gap(const Gap& gap, std::uint64_t epoch) {
    auto& partition = after_.partitions[gap.partition];
    if (epoch != partition.epoch) {
        partition = {.epoch = epoch, .next = gap.to, .first = gap.to};
    } else {
        partition.next = gap.to;
        partition.lost += gap.lost;
    }
    if (after_.gaps.size() < kGapsMax) after_.gaps.push_back(gap);
}

void BatchMaker::start(std::int32_t partition, std::int64_t offset, std::uint64_t epoch) {
    after_.partitions[partition] = {.epoch = epoch, .next = offset, .first = offset};
}

// The end of a log may be no message: the mark of a transaction, or what was aborted.
void BatchMaker::pass(std::int32_t partition, std::int64_t offset) {
    const auto known = after_.partitions.find(partition);
    if (known != after_.partitions.end() && known->second.next < offset) {
        known->second.next = offset;
    }
}

void BatchMaker::skip_reject(const RejectGroup::Item& item) {
    auto& sink = after_.sinks[item.reject.sink];
    --sink.rejected;
    ++sink.skipped;
    for (auto& [first, request] : seen_) {
        if (!is_of_message(item.reject.once, first)) continue;
        for (std::size_t i = 0; i < route_->sinks.size(); ++i) {
            if (route_->sinks[i].version.sink != item.reject.sink) continue;
            auto& seen = request.outcome.sinks[i];
            --seen.accepted;
            --seen.kept;
            ++seen.rejected;
        }
        auto& outcome = request.outcome;
        const auto of = [&](auto member) { return std::ranges::minmax(outcome.sinks, {}, member); };
        outcome.kept = of(&SinkOutcome::kept).max.kept;
        outcome.accepted = of(&SinkOutcome::accepted).min.accepted;
    }
}

RowBatch BatchMaker::take_batch(const Fingerprint& scope) {
    RowBatch batch;
    if (began_at_) {
        batch.arrived_at = began_at_->wall;
        batch.age = began_at_->age;
    }
    for (std::size_t i = 0; i < rows_.size(); ++i) {
        auto& rows = rows_[i];
        if (rows.count == 0) continue;
        pipeline::add_rows(batch, route_->sinks[i].version, rows.count, rows.csv.size());
        if (batch.csv.empty()) {
            batch.csv = std::move(rows.csv);
        } else {
            batch.csv += rows.csv;
        }
    }
    batch.positions = positions_between(before_, after_, topic_, scope);
    return batch;
}

void BatchMaker::tally() const {
    for (std::size_t i = 0; i < counts_.size(); ++i) {
        const auto& counts = counts_[i];
        route_->sinks[i].counters->add_received(counts.accepted + counts.rejected);
        route_->sinks[i].counters->add_defaulted(counts.defaulted);
    }
}

}  // namespace millrace::kafka
