#pragma once
// BatchAcceptor: a request with many records -> the rows of all sinks of its source.
//
// A sink takes all records of a request or none of them, unless its source says that bad records
// are skipped, or the sink keeps them as rejects. A record that a sink could not take now, and
// might later, is no bad one: its sink takes nothing of the request. Sinks are independent, as with
// one record. All rows are in one batch.
//
// Thread  its loop's.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/mapping/record.h"
#include "core/mapping/record_reader.h"
#include "core/pipeline/acceptor.h"
#include "core/pipeline/source_route.h"
#include "core/ports/journal.h"

namespace millrace::pipeline {

// What became of the records of one request, until the journal has spoken.
struct BatchAcceptance {
    struct BadRecord {
        std::uint64_t number;  // as RecordReader counts
        Error error;
    };
    struct Sink {
        std::uint64_t accepted = 0;  // its rows
        std::uint64_t rejected = 0;  // all of the request's, if the sink has refused it
        std::uint64_t kept = 0;      // of `accepted`: rejects, not rows
        bool refused = false;
        bool is_busy = false;        // it could not take some record now; then it has refused all
        std::vector<BadRecord> bad;  // the first few, before them the first it was busy for
    };
    RecordForm form = RecordForm::lines;
    std::vector<Sink> sinks;     // as in SourceRoute::sinks
    std::uint64_t records = 0;   // of the request
    std::uint64_t accepted = 0;  // of them by every sink
    std::uint64_t kept = 0;      // of `accepted`: with a sink that keeps it as a reject
    RejectGroup rejects;         // to be kept before the answer
    bool is_busy = false;        // some sink could not take it now: it is to be sent again
    bool has_synced = false;     // some row's sink answers after the sync
    bool has_unsynced = false;   // some row's sink does not

    std::uint64_t rejected() const { return records - accepted; }
    bool has_rows() const { return has_synced || has_unsynced; }
};

class BatchAcceptor {
public:
    // `acceptor` must outlive this. The rows and rejects of one request have at most `bytes_max`
    // bytes.
    BatchAcceptor(Acceptor& acceptor, std::uint64_t bytes_max)
        : acceptor_(acceptor), bytes_max_(bytes_max) {}

    // Appends the rows of the records in `request.body`, which are JSON whatever the request calls
    // itself. `values` are those of the mapper's templates(), record by record. The result is valid
    // until the next call; after an error `batch` is as before.
    // Errors  invalid stream.in.invalidJson: no array where one is wanted
    //         too_large stream.in.payloadTooLarge: over `bytes_max`
    Result<BatchAcceptance*> accept(const Record& request, RecordForm form,
                                    const SourceRoute& route, RowBatch& batch,
                                    std::span<const Result<std::string>> values = {});

private:
    // Of one sink, until it is known whether it takes them.
    struct Rows {
        std::string csv;
        std::uint32_t count = 0;
    };

    Result<void> map_all(const Record& request, const SourceRoute& route,
                         std::span<const Result<std::string>> values);
    void note(Acceptance& one);
    void settle(const SourceRoute& route);
    bool knows_enough(const SourceRoute& route) const;
    void spread(const SourceRoute& route);
    void append_rows(const SourceRoute& route, RowBatch& batch);

    Acceptor& acceptor_;
    const std::uint64_t bytes_max_;
    mapping::RecordReader reader_;
    BatchAcceptance acceptance_;
    RowBatch one_;  // the rows of one record
    std::vector<Rows> rows_;
    std::uint64_t reject_bytes_ = 0;
};

}  // namespace millrace::pipeline
