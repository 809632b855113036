#pragma once
// BatchAcceptor: a request with many records -> the rows of all sinks of its source.
//
// A sink takes all records of a request or none of them, unless its source says that bad records
// are skipped, or the sink keeps them as rejects. A record that a sink could not take now, and
// might later, is no bad one: its sink takes nothing of the request. Sinks are independent, as with
// one record. All rows are in one batch.
//
// The sender chooses how many records there are, and records that a sink skips have no rows that
// would end them. So the work can be done in steps, with other requests served between them, and
// records times sinks are bounded.
//
// Thread  its loop's.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/mapping/found_records.h"
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
        std::uint64_t accepted = 0;   // its rows
        std::uint64_t rejected = 0;   // all of the request's, if the sink has refused it
        std::uint64_t kept = 0;       // of `accepted`: rejects, not rows
        std::uint64_t defaulted = 0;  // of its rows: those without a value of the body
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
    struct Limits {
        std::uint64_t bytes_max;  // of the rows and rejects of one request
        std::uint64_t rows_max;   // records times sinks of one request, whatever becomes of them
    };

    // `acceptor` must outlive this.
    BatchAcceptor(Acceptor& acceptor, Limits limits) : acceptor_(acceptor), limits_(limits) {}

    // Begins with the records in `request.body`, which are JSON whatever the request calls itself.
    // `values` are those of the mapper's templates(), record by record, or once for all records.
    // What the arguments see must stay valid until finish().
    // Errors  invalid stream.in.invalidJson: no array where one is wanted
    Result<void> begin(const Record& request, RecordForm form, const SourceRoute& route,
                       std::span<const Result<std::string>> values = {});

    // The request is at another place now, the same bytes. What was found in it may be gone.
    void move_to(const Record& request);

    // Maps about `work` bytes of records and rows, where each record and row counts as some more.
    // True when none is left. After an error the request has ended.
    // Errors  too_large stream.in.payloadTooLarge: over `bytes_max`
    //         too_large stream.in.tooManyRecords: over `rows_max`
    Result<bool> go_on(std::uint64_t work);

    // Appends the rows, when go_on() has said that all are mapped. The result is valid until the
    // next begin().
    BatchAcceptance& finish(RowBatch& batch);

    // All at once. After an error `batch` is as before.
    // Errors  those of begin() and go_on()
    Result<BatchAcceptance*> accept(const Record& request, RecordForm form,
                                    const SourceRoute& route, RowBatch& batch,
                                    std::span<const Result<std::string>> values = {});

    // What is kept for the request, beside what begin() was given.
    std::uint64_t bytes() const { return row_bytes_ + reject_bytes_ + reader_.bytes(); }

private:
    // Of one sink, until it is known whether it takes them.
    struct Rows {
        std::string csv;
        std::uint32_t count = 0;
    };

    void map_record(bool is_first_of_step);
    std::span<const Result<std::string>> values_of_record() const;
    void note(Acceptance& one);
    void settle();
    bool knows_enough() const;
    void reserve_rows();
    void spread();
    void gather();
    void append_rows(RowBatch& batch);

    Acceptor& acceptor_;
    const Limits limits_;
    const SourceRoute* route_ = nullptr;
    std::span<const Result<std::string>> values_;
    std::string_view body_;  // of the request
    Record record_;          // the request, with the body of one record
    std::uint64_t records_max_ = 0;
    bool stopped_ = false;  // no sink takes anything: the other records are only counted
    mapping::RecordReader reader_;
    BatchAcceptance acceptance_;
    RowBatch one_;  // the rows of one record; of an only sink, of all
    std::vector<Rows> rows_;
    std::uint64_t row_bytes_ = 0;
    std::uint64_t reject_bytes_ = 0;
};

}  // namespace millrace::pipeline
