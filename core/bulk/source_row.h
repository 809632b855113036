#pragma once
// SourceRow: one row of a body as it was read, before it becomes a row of the table; SourceReader:
// what reads one after the other.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/bulk/bulk_format.h"
#include "core/model/cell.h"

namespace millrace::bulk {

struct SourceRow {
    std::span<const Cell> cells;    // of the source columns, in their order
    std::string_view text;          // as it was sent, for the list of errors
    std::uint64_t line = 0;         // where it begins, from 1
    std::uint64_t offset = 0;       // of its first byte in the body
    bool has_no_nul = false;        // in any cell; else it may have some
    std::string problem;            // why it is no row; empty: it is one, and has cells
    bool problem_is_value = false;  // it is a row, and the value of problem_column is none
    // Of a row with too few or too many values: the first source column that has none, or the
    // number of columns. With problem_is_value the source column.
    std::optional<std::size_t> problem_column;
};

// A column that a body has values of.
struct SourceField {
    std::string name;
    bool not_null = false;    // it is a column of the table as it is, and not nullable there
    bool keeps_json = false;  // true and false stay words: the column takes JSON

    bool operator==(const SourceField&) const = default;
};

// Lifetime  what next() gives lives until the next call of anything.
// Thread    one at a time.
class SourceReader {
public:
    virtual ~SourceReader() = default;

    // Adds bytes. Call next() until it returns false before the next piece.
    virtual void feed(std::string_view piece) = 0;
    // No more bytes come; next() may give more rows.
    virtual void end() = 0;

    // Moves to the next row; false when more bytes are needed, or there are no more.
    // Errors  invalid: the body cannot be read on; too_large: a row is
    virtual Result<bool> next() = 0;

    const SourceRow& row() const { return row_; }

    // Headers that were passed over behind the first.
    virtual std::uint64_t repeated_headers() const { return 0; }

protected:
    SourceRow row_;
};

struct SourceLimits {
    std::uint64_t line_bytes_max = 100 << 20;
};

// Errors  invalid, for the client: a path that is none
Result<std::unique_ptr<SourceReader>> make_source_reader(const BulkFormat& format,
                                                         std::vector<SourceField> fields,
                                                         const SourceLimits& limits);

// Whether names mean one column: letters of ASCII count without regard to case.
bool is_same_name(std::string_view a, std::string_view b);

}  // namespace millrace::bulk
