#include "core/accounts/receipt_trace.h"

#include <algorithm>
#include <array>

namespace millrace::accounts {
namespace {

constexpr std::array<std::string_view, 10> kStates = {"memory", "local",     "staging", "setAside",
                                                      "target", "discarded", "deleted", "rejected",
                                                      "lost",   "unknown"};

RowsState state_of(SliceState slice) {
    switch (slice) {
        case SliceState::writing:
        case SliceState::closing:
        case SliceState::uploading:
            return RowsState::local;
        case SliceState::uploaded:
            return RowsState::staging;
        case SliceState::imported:
            return RowsState::target;
        case SliceState::discarded:
            return RowsState::discarded;
    }
    return RowsState::unknown;
}

bool may_have(const OpenSlice& slice, const Ticket& ticket) {
    const auto& content = slice.content;
    return slice.opening.volume == ticket.volume && content.first_batch <= ticket.batch &&
           ticket.batch <= content.last_batch;
}

// Looked at in the order in which rows move on, so that none is missed while it moves.
class Tracer {
public:
    Tracer(const Ticket& ticket, const Journal& journal, FileCatalog& catalog)
        : ticket_(ticket),
          state_(journal.state_of(ticket)),
          local_(journal.local_slices()),
          catalog_(catalog) {}

    Result<SinkTrace> rows_of(const Receipt::Sink& sink) {
        SinkTrace found{.sink = sink, .state = RowsState::unknown, .file = std::nullopt};
        const auto note = [&](RowsState state, FileId file) {
            if (state >= found.state) return;
            found.state = state;
            found.file = file;
        };
        TRY_ASSIGN(const auto slices, catalog_.slices_with(sink.number, ticket_));
        for (const auto& slice : slices) {
            TRY_ASSIGN(const auto state, state_in_catalog(slice));
            note(state, slice.opening.file);
        }
        for (const auto& slice : local_) {
            const bool is_sealed = std::any_of(slices.begin(), slices.end(), [&](const Slice& s) {
                return s.opening.slice == slice.opening.slice;
            });
            const bool is_here = slice.opening.sink.sink == sink.number && may_have(slice, ticket_);
            if (is_here && !is_sealed) note(RowsState::local, slice.opening.file);
        }
        if (state_ == BatchState::waiting) return SinkTrace{sink, RowsState::memory, {}};
        TRY_ASSIGN(const bool is_lost, catalog_.is_lost(ticket_, sink.number));
        if (is_lost) return SinkTrace{sink, RowsState::lost, {}};
        if (found.file || state_ == BatchState::unknown) return found;
        // It was durable, and its slice is not known any more: damage has taken of which sink it
        // was, or it was imported long ago.
        TRY_ASSIGN(const bool is_lost_somewhere, catalog_.is_lost(ticket_, SinkNumber()));
        if (is_lost_somewhere) return SinkTrace{sink, RowsState::lost, {}};
        return SinkTrace{sink, RowsState::target, {}};
    }

private:
    Result<RowsState> state_in_catalog(const Slice& slice) {
        const auto state = state_of(slice.state);
        if (state >= RowsState::set_aside) return state;
        TRY_ASSIGN(const auto file, catalog_.find_file(slice.opening.file));
        return file && file->state == FileState::set_aside ? RowsState::set_aside : state;
    }

    const Ticket ticket_;
    const BatchState state_;
    const std::vector<OpenSlice> local_;
    FileCatalog& catalog_;
};

}  // namespace

std::string_view to_string(RowsState state) {
    return kStates[static_cast<std::size_t>(state)];
}

Result<std::vector<SinkTrace>> trace(const Receipt& receipt, const Journal& journal,
                                     FileCatalog& catalog) {
    Tracer tracer({.volume = receipt.volume, .batch = receipt.batch}, journal, catalog);
    std::vector<SinkTrace> traces;
    for (const auto& sink : receipt.sinks) {
        if (!sink.has_rows) {
            traces.push_back({.sink = sink, .state = RowsState::rejected, .file = std::nullopt});
            continue;
        }
        TRY_ASSIGN(auto found, tracer.rows_of(sink));
        traces.push_back(std::move(found));
    }
    return traces;
}

}  // namespace millrace::accounts
