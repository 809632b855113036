#pragma once
// BulkReader: the bytes of a body, as they come, -> rows of the table in the CSV of slices.
//
//   bytes -> CSV or JSON -> source cells -> expressions -> columns of the table -> a row of a slice
//
// It holds the row that is being read and the rows that take() has not taken, however long the
// body is. A row that does not fit is filtered: counted, and listed with line, column and reason.
//
// Lifetime  compiler until make() has returned.
// Thread    one at a time.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/bulk/bulk_format.h"
#include "core/bulk/bulk_mapping.h"
#include "core/model/defined_table.h"
#include "core/model/slice_header.h"
#include "core/model/value_rules.h"
#include "core/ports/row_expressions.h"

namespace millrace::bulk {

struct BulkSpec {
    DefinedTable table;
    BulkFormat format;
    BulkMapping mapping;
    WallTime now;
    std::uint64_t line_bytes_max = 16 << 20;   // of a row, and of a JSON document of one row
    std::uint64_t errors_bytes_max = 1 << 20;  // of the list of filtered rows
    std::uint32_t errors_max = 50;             // rows in it
    bool stops_at_fault = false;               // the first filtered row ends the body
    std::uint64_t rows_at_once = UINT64_MAX;   // are handed over then: see hand_over()
    std::uint64_t skip_rows = 0;               // are read and counted, and not handed over
    bool sums_rows = false;                    // Rows::crc is wanted
    std::optional<std::uint32_t> skip_crc = std::nullopt;  // what Rows::crc was behind skip_rows
    ValueRules values = {};  // of the table's target; texts and JSON are strict for any
};

struct BulkCounts {
    std::uint64_t total = 0;  // loaded + filtered + unselected
    std::uint64_t loaded = 0;
    std::uint64_t filtered = 0;    // could not become a row of the table
    std::uint64_t unselected = 0;  // `where` did not want them
    std::uint64_t nulled = 0;      // values that did not convert and became NULL
    std::uint64_t headers = 0;     // of CSV, behind the first
};

// The row that ended a body.
struct RowFault {
    std::uint64_t row = 0;   // from 1, without headers
    std::uint64_t line = 0;  // of CSV and JSON, from 1
    std::string column;      // empty: it is of no one
    std::string text;        // the first 200 bytes of the row as it came
    std::string reason;
    bool is_shape = false;  // it is no row; else a value does not fit its column
};

class BulkReader {
public:
    // Errors  invalid, for the client: a column that is not there, a mapping without a column of
    //         the key, a bad expression or path
    static Result<std::unique_ptr<BulkReader>> make(BulkSpec spec, ExpressionCompiler& compiler);

    virtual ~BulkReader() = default;

    // Of every slice of the load: format 2.
    virtual const SliceHeader& header() const = 0;

    // Takes the next bytes, without their compression.
    // Errors  invalid, for the client: the body cannot be read on (a quote that is never closed,
    //         a block that is damaged); too_large: a row is too long; conflict: the skipped rows
    //         are not those of skip_crc. It fails again then
    virtual Result<void> feed(std::string_view bytes) = 0;

    // No more bytes.
    // Errors  invalid: as feed(), or more rows are filtered than max_filter_ratio lets
    virtual Result<void> finish() = 0;

    // The rows made since the last take(); the view lives until the next call of anything.
    struct Rows {
        std::string_view csv;
        std::uint64_t rows = 0;
        // With sums_rows: CRC-32C of all rows of the body up to the last of these, as they came.
        std::uint32_t crc = 0;
        // Where the last of these ends in the body, without its line end; of Avro where its block
        // begins.
        std::uint64_t end = 0;
    };
    virtual Rows take() = 0;

    // From now on feed() and finish() hand over rows by themselves, rows_at_once or a little more
    // than a megabyte of them: a piece of a body may become very many. Errors of `taker` end them.
    using Taker = std::function<Result<void>(const Rows& rows)>;
    virtual void hand_over(Taker taker) = 0;

    virtual const BulkCounts& counts() const = 0;

    // With stops_at_fault, once feed() or finish() has failed because of a row.
    virtual const RowFault* fault() const { return nullptr; }

    // The filtered rows, a line each: "Reason: <text>. src line [<row>]; \n". Empty without any.
    virtual const std::string& error_log() const = 0;
    // The first of them, for an answer; at most 512 bytes.
    virtual const std::string& first_error() const = 0;
};

}  // namespace millrace::bulk
