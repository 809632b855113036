#include "core/pipeline/acceptor.h"

#include <fmt/format.h>

#include <utility>

#include "core/base/client_text.h"
#include "core/mapping/json_text.h"
#include "core/mapping/scratch.h"

namespace millrace::pipeline {
namespace {

// Of a message, wherever it is read again.
std::string key_of(const TopicMessage& message) {
    return fmt::format("{}/{}/{}/{}", message.topic, message.partition, message.epoch,
                       message.offset);
}

}  // namespace

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

Acceptance& Acceptor::accept(const Record& record, const SourceRoute& route, RowBatch& batch,
                             std::span<const Result<std::string>> values,
                             const mapping::FoundValues& found) {
    if (!route.sinks.empty()) route.mapper.begin(record, *scratch_, values, found);
    return append_rows(route, batch);
}

Acceptance& Acceptor::accept_next(std::string_view body, const SourceRoute& route, RowBatch& batch,
                                  std::span<const Result<std::string>> values,
                                  const mapping::FoundValues& found) {
    if (!route.sinks.empty()) route.mapper.next(body, *scratch_, values, found);
    return append_rows(route, batch);
}

Acceptance& Acceptor::accept_delete(const Record& record, const SourceRoute& route, RowBatch& batch,
                                    std::span<const Result<std::string>> values) {
    if (!route.sinks.empty()) route.mapper.begin(record, *scratch_, values);
    return append_rows(route, batch, Operation::erase);
}

Acceptance& Acceptor::append_rows(const SourceRoute& route, RowBatch& batch, Operation operation) {
    acceptance_.refusals.clear();
    acceptance_.defaulted.clear();
    acceptance_.rejects.items.clear();
    acceptance_.rows = 0;
    acceptance_.is_busy = false;
    acceptance_.has_synced = false;
    acceptance_.has_unsynced = false;
    for (std::size_t i = 0; i < route.sinks.size(); ++i) {
        const auto& sink = route.sinks[i];
        const auto before = batch.csv.size();
        auto mapped = operation == Operation::erase
                          ? route.mapper.append_delete(i, *scratch_, batch.csv)
                          : route.mapper.append_row(i, *scratch_, batch.csv);
        if (!mapped.ok()) {
            refuse(route.mapper, sink, i, std::move(mapped).error());
            continue;
        }
        add_rows(batch, sink.version, 1, batch.csv.size() - before);
        ++acceptance_.rows;
        if (mapping::SourceMapper::is_all_defaults(*scratch_)) acceptance_.defaulted.push_back(i);
        (sink.sync_wait ? acceptance_.has_synced : acceptance_.has_unsynced) = true;
    }
    return acceptance_;
}

void Acceptor::refuse(const mapping::SourceMapper& mapper, const SinkRoute& sink, std::size_t index,
                      Error error) {
    refusal_counts_.add(error.name());
    const auto& record = scratch_->record;
    const auto& settings = sink.rejects;
    // What was not even evaluated is no reject: it can be sent again.
    const bool is_busy = is_fault_of_service(error);
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
        reject.origin = mapper.origin(*scratch_);
        if (record.message != nullptr) reject.once = key_of(*record.message);
        acceptance_.rejects.items.push_back(
            {.reject = std::move(reject), .bounds = settings.bounds});
    }
    acceptance_.refusals.push_back(
        {.sink = index, .error = std::move(error), .is_kept = is_kept, .is_busy = is_busy});
}

}  // namespace millrace::pipeline
