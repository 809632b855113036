#include "core/pipeline/batch_acceptor.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace millrace::pipeline {
namespace {

constexpr std::size_t kShownBadMax = 10;        // of a sink
constexpr std::size_t kKeptBytesMax = 1 << 20;  // a larger buffer is given back after its request

Error too_large() {
    return Error(Code::too_large, "The rows of the request are too large.")
        .named("stream.in.payloadTooLarge");
}

}  // namespace

Result<BatchAcceptance*> BatchAcceptor::accept(const Record& request, RecordForm form,
                                               const SourceRoute& route, RowBatch& batch,
                                               std::span<const Result<std::string>> values) {
    acceptance_ = {};
    reject_bytes_ = 0;
    acceptance_.form = form;
    acceptance_.sinks.resize(route.sinks.size());
    rows_.resize(route.sinks.size());
    for (auto& rows : rows_) {
        rows.csv.clear();
        rows.count = 0;
    }
    TRY(reader_.begin(request.body, form));
    TRY(map_all(request, route, values));
    append_rows(route, batch);
    return &acceptance_;
}

Result<void> BatchAcceptor::map_all(const Record& request, const SourceRoute& route,
                                    std::span<const Result<std::string>> values) {
    const auto templates = route.mapper.templates()->size();
    const bool refusing = route.settings.bad_records == BadRecords::refuse;
    auto record = request;
    record.content_type = "application/json";
    bool stopped = false;
    while (reader_.next()) {
        ++acceptance_.records;
        if (stopped) continue;  // the others are counted
        one_.csv.clear();
        one_.groups.clear();
        const auto of_one = values.empty()
                                ? values
                                : values.subspan((acceptance_.records - 1) * templates, templates);
        record.body = reader_.record();
        auto& one = acceptance_.records == 1
                        ? acceptor_.accept(record, route, one_, of_one)
                        : acceptor_.accept_next(record.body, route, one_, of_one);
        spread(route);
        if (one.refusals.empty()) {
            ++acceptance_.accepted;
        } else {
            const bool all_kept = one.rejects.items.size() == one.refusals.size();
            acceptance_.accepted += all_kept ? 1U : 0U;
            acceptance_.kept += all_kept ? 1U : 0U;
            note(one);
            stopped = refusing && knows_enough(route);
        }
        std::uint64_t bytes = 0;
        for (const auto& rows : rows_) bytes += rows.csv.size();
        bytes += reject_bytes_;
        if (bytes > bytes_max_) return too_large();
    }
    settle(route);
    return {};
}

// Decides for each sink whether it takes the request.
void BatchAcceptor::settle(const SourceRoute& route) {
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
        sink.accepted = sink.refused ? 0 : rows_[i].count + sink.kept;
        sink.rejected = acceptance_.records - sink.accepted;
    }
}

void BatchAcceptor::note(Acceptance& one) {
    for (const auto& refusal : one.refusals) {
        auto& sink = acceptance_.sinks[refusal.sink];
        if (refusal.is_kept) ++sink.kept;
        if (refusal.error.code() == Code::overloaded && !sink.is_busy) {
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
bool BatchAcceptor::knows_enough(const SourceRoute& route) const {
    const auto& sinks = acceptance_.sinks;
    return std::none_of(route.sinks.begin(), route.sinks.end(),
                        [](const auto& sink) { return sink.rejects.keep; }) &&
           std::all_of(sinks.begin(), sinks.end(),
                       [](const auto& sink) { return !sink.bad.empty(); }) &&
           std::any_of(sinks.begin(), sinks.end(),
                       [](const auto& sink) { return sink.bad.size() >= kShownBadMax; });
}

// Gives each sink its row of the record in `one_`.
void BatchAcceptor::spread(const SourceRoute& route) {
    std::string_view csv = one_.csv;
    std::size_t sink = 0;
    for (const auto& group : one_.groups) {
        while (route.sinks[sink].version != group.sink) ++sink;
        rows_[sink].csv += csv.substr(0, group.bytes);
        rows_[sink].count += group.rows;
        csv.remove_prefix(group.bytes);
    }
}

void BatchAcceptor::append_rows(const SourceRoute& route, RowBatch& batch) {
    for (std::size_t i = 0; i < rows_.size(); ++i) {
        auto& rows = rows_[i];
        if (rows.count > 0 && !acceptance_.sinks[i].refused) {
            batch.csv += rows.csv;
            add_rows(batch, route.sinks[i].version, rows.count, rows.csv.size());
            (route.sinks[i].sync_wait ? acceptance_.has_synced : acceptance_.has_unsynced) = true;
        }
        if (rows.csv.capacity() > kKeptBytesMax) rows.csv = {};
    }
}

}  // namespace millrace::pipeline
