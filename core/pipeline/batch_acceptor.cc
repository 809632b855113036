#include "core/pipeline/batch_acceptor.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <limits>
#include <utility>

#include "core/base/error_names.h"
#include "core/pipeline/journal_error.h"

namespace millrace::pipeline {
namespace {

constexpr std::size_t kShownBadMax = 10;  // of a sink
constexpr std::size_t kReservedFrom = 128 << 10;
constexpr std::uint64_t kSpare = 16;               // a part of what is expected
constexpr std::size_t kCopiedBytesMax = 16 << 10;  // if they need not be
constexpr std::size_t kKeptBytesMax = 1 << 20;  // a larger buffer is given back after its request

// A record that is refused, or a row of nothing, costs about as much as so many bytes.
constexpr std::uint64_t kRecordWork = 64;
constexpr std::uint64_t kRowWork = 256;

Error too_many(std::uint64_t records_max) {
    return Error(Code::too_large,
                 fmt::format("The request has more than {} records, send fewer at a time.",
                             records_max))
        .named(error_names::kInTooManyRecords);
}

}  // namespace

Result<BatchAcceptance*> BatchAcceptor::accept(const Record& request, RecordForm form,
                                               const SourceRoute& route, RowBatch& batch,
                                               std::span<const Result<std::string>> values) {
    TRY(begin(request, form, route, values));
    TRY(go_on(std::numeric_limits<std::uint64_t>::max()));
    return &finish(batch);
}

Result<void> BatchAcceptor::begin(const Record& request, RecordForm form, const SourceRoute& route,
                                  std::span<const Result<std::string>> values) {
    acceptance_ = {};
    acceptance_.form = form;
    acceptance_.sinks.resize(route.sinks.size());
    route_ = &route;
    values_ = values;
    records_max_ =
        std::max<std::uint64_t>(1, limits_.rows_max / std::max<std::size_t>(1, route.sinks.size()));
    stopped_ = false;
    row_bytes_ = 0;
    reject_bytes_ = 0;
    one_.csv.clear();
    one_.groups.clear();
    rows_.resize(route.sinks.size());
    for (auto& rows : rows_) {
        rows.csv.clear();
        rows.count = 0;
    }
    body_ = request.body;
    record_ = request;
    record_.content_type = "application/json";
    return reader_.begin(request.body, form, request.content_type);
}

void BatchAcceptor::move_to(const Record& request) {
    record_ = request;
    record_.content_type = "application/json";
    body_ = request.body;
    reader_.move_to(request.body);
}

Result<bool> BatchAcceptor::go_on(std::uint64_t work) {
    const auto row_work = kRowWork * rows_.size();
    std::uint64_t done = 0;
    for (bool is_first = true; done < work; is_first = false) {
        if (!reader_.next()) return true;
        if (++acceptance_.records > records_max_) return too_many(records_max_);
        done += kRecordWork;
        if (stopped_) continue;
        const auto rows_before = row_bytes_;
        map_record(is_first);
        if (row_bytes_ + reject_bytes_ > limits_.bytes_max)
            return rows_too_large(limits_.bytes_max);
        done += row_work + reader_.record().size() + (row_bytes_ - rows_before);
    }
    reserve_rows();
    return false;
}

// Makes room for the rows of the records that are left, as far as those before tell how large they
// are: a large text that grows is in memory twice for a while.
void BatchAcceptor::reserve_rows() {
    const auto record = reader_.record();
    const std::less_equal<> is_not_behind;
    const auto* const end = record.data() + record.size();
    if (!is_not_behind(body_.data(), record.data())) return;
    if (!is_not_behind(end, body_.data() + body_.size())) return;  // it is in no piece of the body
    const auto passed = static_cast<std::uint64_t>(end - body_.data());
    const auto reserve = [&](std::string& csv) {
        if (csv.size() < kReservedFrom || passed == 0) return;
        const auto expected = csv.size() * body_.size() / passed;
        csv.reserve(std::min(expected + expected / kSpare, limits_.bytes_max));
    };
    reserve(one_.csv);
    for (auto& rows : rows_) reserve(rows.csv);
}

// The acceptor may have had other requests since the last step: it sees the whole record again.
void BatchAcceptor::map_record(bool is_first_of_step) {
    record_.body = reader_.record();
    const auto values = values_of_record();
    mapping::FoundValues found;
    if (record_.found != nullptr) {
        found = record_.found->of(record_.found_from + acceptance_.records - 1);
    }
    auto& one = is_first_of_step
                    ? acceptor_.accept(record_, *route_, one_, values, found)
                    : acceptor_.accept_next(record_.body, *route_, one_, values, found);
    spread();
    for (const auto sink : one.defaulted) ++acceptance_.sinks[sink].defaulted;
    if (one.refusals.empty()) {
        ++acceptance_.accepted;
        return;
    }
    const bool all_kept = one.rejects.items.size() == one.refusals.size();
    acceptance_.accepted += all_kept ? 1U : 0U;
    acceptance_.kept += all_kept ? 1U : 0U;
    note(one);
    stopped_ = route_->settings.bad_records == BadRecords::refuse && knows_enough();
}

std::span<const Result<std::string>> BatchAcceptor::values_of_record() const {
    const auto templates = route_->mapper.templates()->size();
    if (values_.size() <= templates) return values_;
    return values_.subspan((acceptance_.records - 1) * templates, templates);
}

BatchAcceptance& BatchAcceptor::finish(RowBatch& batch) {
    gather();
    settle();
    append_rows(batch);
    return acceptance_;
}

// Decides for each sink whether it takes the request.
void BatchAcceptor::settle() {
    const auto& route = *route_;
    const bool refusing = route.settings.bad_records == BadRecords::refuse;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
        auto& sink = acceptance_.sinks[i];
        const bool refuses_bad = refusing && !route.sinks[i].rejects.keep;
        sink.refused = sink.is_busy || (refuses_bad && !sink.bad.empty());
        acceptance_.is_busy = acceptance_.is_busy || sink.is_busy;
        if (sink.refused) acceptance_.accepted = acceptance_.kept = 0;
        if (sink.refused && sink.kept > 0) {
            sink.kept = 0;
            std::erase_if(acceptance_.rejects.items, [&](const auto& item) {
                return item.reject.sink == route.sinks[i].version.sink;
            });
        }
        if (sink.refused) sink.defaulted = 0;
        sink.accepted = sink.refused ? 0 : rows_[i].count + sink.kept;
        sink.rejected = acceptance_.records - sink.accepted;
    }
}

void BatchAcceptor::note(Acceptance& one) {
    for (const auto& refusal : one.refusals) {
        auto& sink = acceptance_.sinks[refusal.sink];
        if (refusal.is_kept) ++sink.kept;
        if (refusal.is_busy && !sink.is_busy) {
            sink.is_busy = true;  // this is why it takes nothing, whatever else is wrong
            sink.bad.insert(sink.bad.begin(), {.number = reader_.number(), .error = refusal.error});
        } else if (sink.bad.size() < kShownBadMax) {
            sink.bad.push_back({.number = reader_.number(), .error = refusal.error});
        }
    }
    for (const auto& item : one.rejects.items) reject_bytes_ += item.reject.bytes();
    auto& all = acceptance_.rejects.items;
    std::move(one.rejects.items.begin(), one.rejects.items.end(), std::back_inserter(all));
}

// Whether no sink can take the request any more and a few of its mistakes are known.
bool BatchAcceptor::knows_enough() const {
    const auto& route = *route_;
    const auto& sinks = acceptance_.sinks;
    return std::none_of(route.sinks.begin(), route.sinks.end(),
                        [](const auto& sink) { return sink.rejects.keep; }) &&
           std::all_of(sinks.begin(), sinks.end(),
                       [](const auto& sink) { return !sink.bad.empty(); }) &&
           std::any_of(sinks.begin(), sinks.end(),
                       [](const auto& sink) { return sink.bad.size() >= kShownBadMax; });
}

// Gives each sink its row of the record in `one_`. Those of an only sink stay there to the end.
void BatchAcceptor::spread() {
    if (rows_.size() == 1) {
        row_bytes_ = one_.csv.size();
        return;
    }
    const auto& route = *route_;
    row_bytes_ += one_.csv.size();
    std::string_view csv = one_.csv;
    std::size_t sink = 0;
    for (const auto& group : one_.groups) {
        while (route.sinks[sink].version != group.sink) ++sink;
        rows_[sink].csv += csv.substr(0, group.bytes);
        rows_[sink].count += group.rows;
        csv.remove_prefix(group.bytes);
    }
    one_.csv.clear();
    one_.groups.clear();
}

// The rows of an only sink.
void BatchAcceptor::gather() {
    if (rows_.size() != 1 || one_.groups.empty()) return;
    rows_.front().count = one_.groups.front().rows;
    rows_.front().csv.swap(one_.csv);
}

void BatchAcceptor::append_rows(RowBatch& batch) {
    const auto& route = *route_;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
        auto& rows = rows_[i];
        if (rows.count > 0 && !acceptance_.sinks[i].refused) {
            const auto bytes = rows.csv.size();
            if (batch.csv.empty() && bytes > kCopiedBytesMax) {
                batch.csv.swap(rows.csv);
            } else {
                batch.csv += rows.csv;
            }
            add_rows(batch, route.sinks[i].version, rows.count, bytes);
            (route.sinks[i].sync_wait ? acceptance_.has_synced : acceptance_.has_unsynced) = true;
        }
        if (rows.csv.capacity() > kKeptBytesMax) std::string().swap(rows.csv);
    }
}

}  // namespace millrace::pipeline
