#include "core/pipeline/acceptor.h"

#include <utility>

#include "core/mapping/json_text.h"
#include "core/mapping/scratch.h"

namespace millrace::pipeline {

void add_rows(RowBatch& batch, const SinkVersion& sink, std::uint32_t rows, std::uint64_t bytes) {
    if (batch.groups.empty() || batch.groups.back().sink != sink) {
        batch.groups.push_back(RowGroup{.sink = sink});
    }
    auto& group = batch.groups.back();
    group.rows += rows;
    group.bytes += bytes;
}

void append(RowBatch& batch, const RowBatch& later) {
    batch.csv += later.csv;
    for (const auto& group : later.groups) add_rows(batch, group.sink, group.rows, group.bytes);
}

BatchMark mark_of(const RowBatch& batch) {
    return {.csv_bytes = batch.csv.size(),
            .groups = batch.groups.size(),
            .last_group = batch.groups.empty() ? RowGroup{} : batch.groups.back()};
}

RowBatch split_off(RowBatch& batch, const BatchMark& mark) {
    RowBatch rest;
    rest.arrived_at = batch.arrived_at;
    rest.age = batch.age;
    rest.csv = batch.csv.substr(mark.csv_bytes);
    batch.csv.resize(mark.csv_bytes);

    if (mark.groups > 0) {  // the group that was last at the mark may have grown since
        auto grown = batch.groups[mark.groups - 1];
        grown.rows -= mark.last_group.rows;
        grown.bytes -= mark.last_group.bytes;
        if (grown.rows > 0) rest.groups.push_back(grown);
        batch.groups[mark.groups - 1] = mark.last_group;
    }
    const auto first_new = batch.groups.begin() + static_cast<std::ptrdiff_t>(mark.groups);
    rest.groups.insert(rest.groups.end(), first_new, batch.groups.end());
    batch.groups.erase(first_new, batch.groups.end());
    return rest;
}

Acceptance& Acceptor::accept(const Record& record, const SourceRoute& route, RowBatch& batch,
                             std::span<const Result<std::string>> values) {
    if (!route.sinks.empty()) route.mapper.begin(record, *scratch_, values);
    return append_rows(route, batch);
}

Acceptance& Acceptor::accept_next(std::string_view body, const SourceRoute& route, RowBatch& batch,
                                  std::span<const Result<std::string>> values) {
    if (!route.sinks.empty()) route.mapper.next(body, *scratch_, values);
    return append_rows(route, batch);
}

Acceptance& Acceptor::append_rows(const SourceRoute& route, RowBatch& batch) {
    acceptance_.refusals.clear();
    acceptance_.rejects.items.clear();
    acceptance_.rows = 0;
    acceptance_.is_busy = false;
    acceptance_.has_synced = false;
    acceptance_.has_unsynced = false;
    for (std::size_t i = 0; i < route.sinks.size(); ++i) {
        const auto& sink = route.sinks[i];
        const auto before = batch.csv.size();
        auto mapped = route.mapper.append_row(i, *scratch_, batch.csv);
        if (!mapped.ok()) {
            refuse(sink, i, std::move(mapped).error());
            continue;
        }
        add_rows(batch, sink.version, 1, batch.csv.size() - before);
        ++acceptance_.rows;
        (sink.sync_wait ? acceptance_.has_synced : acceptance_.has_unsynced) = true;
    }
    return acceptance_;
}

void Acceptor::refuse(const SinkRoute& sink, std::size_t index, Error error) {
    refusal_counts_.add(error.name());
    const auto& record = scratch_->record;
    const auto& settings = sink.rejects;
    // What was not even evaluated is no reject: it can be sent again.
    const bool is_busy = error.code() == Code::overloaded;
    acceptance_.is_busy = acceptance_.is_busy || is_busy;
    const bool is_kept = settings.keep && !is_busy;
    if (is_kept) {
        Reject reject;
        reject.sink = sink.version.sink;
        reject.arrived_at = record.arrived_at;
        reject.expires_at = record.age + settings.age;
        reject.error = error.name();
        reject.message = error.client_text();
        reject.column = mapping::SourceMapper::failed_column(*scratch_);
        reject.client_ip = record.client_ip;
        mapping::append_utf8(reject.content_type, record.content_type);
        reject.headers = scratch_->headers_json();
        reject.body = record.body;
        acceptance_.rejects.items.push_back(
            {.reject = std::move(reject), .bounds = settings.bounds});
    }
    acceptance_.refusals.push_back({.sink = index, .error = std::move(error), .is_kept = is_kept});
}

}  // namespace millrace::pipeline
