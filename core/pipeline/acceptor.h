#pragma once
// Acceptor: an accepted record -> the rows of all sinks of its source, in the batch of the loop's
// turn.
//
// Sinks are independent: one that cannot map the record takes nothing from the others. The rows of
// one record are always in one batch, so they become durable together.
//
// Thread  its loop's.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/mapping/record.h"
#include "core/mapping/source_mapper.h"
#include "core/model/reject.h"
#include "core/pipeline/refusal_counts.h"
#include "core/pipeline/source_route.h"
#include "core/ports/journal.h"
#include "core/ports/rng.h"

namespace millrace::pipeline {

// What became of one record, until the journal has spoken.
struct Acceptance {
    struct Refusal {
        std::size_t sink;  // index in SourceRoute::sinks
        Error error;
        bool is_kept = false;  // the sink wants the record kept: it is in `rejects`
        bool is_busy = false;  // it could not take the record now
    };
    std::vector<Refusal> refusals;       // ordered by sink; a sink that is not here has its row
    std::vector<std::size_t> defaulted;  // sinks whose row has no value of the body
    RejectGroup rejects;                 // to be kept before the answer
    std::uint32_t rows = 0;              // one per sink that mapped the record
    bool is_busy = false;                // some sink could not take it now: it is to be sent again
    bool has_synced = false;             // some row's sink answers after the sync
    bool has_unsynced = false;           // some row's sink does not

    bool has_rows() const { return rows > 0; }
};

// Says that rows of `sink` were appended to batch.csv; neighbours of one sink share a group.
void add_rows(RowBatch& batch, const SinkVersion& sink, std::uint32_t rows, std::uint64_t bytes);

// Appends the rows of `later` to those of `batch`.
void append(RowBatch& batch, const RowBatch& later);

class Acceptor {
public:
    // `rng` must outlive the acceptor.
    explicit Acceptor(Rng& rng) : scratch_(mapping::make_scratch(rng)) {}

    // Appends the record's row of every sink of `route` to `batch`; neighbouring rows of one sink
    // share a group. `values` are those of the mapper's templates(). The result is valid until the
    // next call. The rejects may be moved from it. `found`: see SourceMapper::begin().
    Acceptance& accept(const Record& record, const SourceRoute& route, RowBatch& batch,
                       std::span<const Result<std::string>> values = {},
                       const mapping::FoundValues& found = {});

    // The same for another record of the same request: only its body differs from the last one's.
    Acceptance& accept_next(std::string_view body, const SourceRoute& route, RowBatch& batch,
                            std::span<const Result<std::string>> values = {},
                            const mapping::FoundValues& found = {});

    // Appends the row that deletes the one with the record's key, of every sink of `route`; as
    // accept().
    Acceptance& accept_delete(const Record& record, const SourceRoute& route, RowBatch& batch,
                              std::span<const Result<std::string>> values = {});

    // Of all records so far.
    const RefusalCounts& refusal_counts() const { return refusal_counts_; }

private:
    enum class Operation { upsert, erase };

    Acceptance& append_rows(const SourceRoute& route, RowBatch& batch,
                            Operation operation = Operation::upsert);
    void refuse(const mapping::SourceMapper& mapper, const SinkRoute& sink, std::size_t index,
                Error error);

    std::unique_ptr<mapping::Scratch, void (*)(mapping::Scratch*)> scratch_;
    Acceptance acceptance_;
    RefusalCounts refusal_counts_;
};

}  // namespace millrace::pipeline
