#include "core/pipeline/acceptor.h"

#include <utility>

namespace millrace::pipeline {

void add_rows(RowBatch& batch, const SinkVersion& sink, std::uint32_t rows, std::uint64_t bytes) {
    if (batch.groups.empty() || batch.groups.back().sink != sink) {
        batch.groups.push_back(RowGroup{.sink = sink});
    }
    auto& group = batch.groups.back();
    group.rows += rows;
    group.bytes += bytes;
}

BatchMark mark_of(const RowBatch& batch) {
    return {.csv_bytes = batch.csv.size(),
            .groups = batch.groups.size(),
            .last_group = batch.groups.empty() ? RowGroup{} : batch.groups.back()};
}

RowBatch split_off(RowBatch& batch, const BatchMark& mark) {
    RowBatch rest;
    rest.arrived_at = batch.arrived_at;
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

const Acceptance& Acceptor::accept(const Record& record, const SourceRoute& route,
                                   RowBatch& batch) {
    acceptance_.refusals.clear();
    acceptance_.rows = 0;
    acceptance_.has_synced = false;
    acceptance_.has_unsynced = false;
    if (route.sinks.empty()) return acceptance_;

    route.mapper.begin(record, *scratch_);
    for (std::size_t i = 0; i < route.sinks.size(); ++i) {
        const auto before = batch.csv.size();
        auto mapped = route.mapper.append_row(i, *scratch_, batch.csv);
        if (!mapped.ok()) {
            acceptance_.refusals.push_back({.sink = i, .error = std::move(mapped).error()});
            continue;
        }
        const auto& sink = route.sinks[i];
        add_rows(batch, sink.version, 1, batch.csv.size() - before);
        ++acceptance_.rows;
        (sink.sync_wait ? acceptance_.has_synced : acceptance_.has_unsynced) = true;
    }
    return acceptance_;
}

}  // namespace millrace::pipeline
