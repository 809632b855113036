#pragma once
// CopyText makes of the bytes of a slice what COPY ... (FORMAT csv) reads.
//
// A slice is CSV already, so its bytes are passed through as they are, up to a cell that PostgreSQL
// would read as something else: NULL is the empty text without quotes, and a time is given as
// parse_timestamp() writes it. Every cell is looked at once; what a value of its type is, is
// decided here, so that the database reads none that docs/mapping.md does not allow.
//
// Where rows are to be told apart by their place each begins with its number.
//
// Format    docs/formats/slice.md; https://www.postgresql.org/docs/15/sql-copy.html
// Lifetime  of one slice.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/ports/slice_rows.h"
#include "core/ports/target.h"

namespace millrace::postgres {

enum class RowNumbers { none, first_column };

class CopyText {
public:
    // `table` must outlive it. Numbers go on from `rows_before`.
    CopyText(const TableSpec& table, RowNumbers numbers, std::uint64_t rows_before)
        : table_(table), numbers_(numbers), rows_before_(rows_before) {}

    // Looks for the header, or its absence, at the front of the slice. Returns its bytes; nothing
    // when more are needed. shape() is known afterwards.
    // Errors  corrupt
    Result<std::optional<std::size_t>> read_front(std::string_view bytes);

    // Appends the whole rows at the front of `bytes` to `out`, and returns how many bytes they are.
    // It stops in front of the first row of format 1 that deletes: shape() has an operation from
    // there on.
    // Errors  corrupt: the bytes are no rows of the table, or a value is none of its column
    Result<std::size_t> append_rows(std::string_view bytes, std::string& out);

    // The next row is the first after so many others.
    void begin_at(std::uint64_t rows_before) {
        rows_before_ = rows_before;
        first_row_ = rows_;
    }

    const std::optional<SliceShape>& shape() const { return shape_; }
    std::uint64_t rows() const { return rows_; }

private:
    class Row;

    Error corrupt(std::string_view what) const;

    const TableSpec& table_;
    const RowNumbers numbers_;
    std::uint64_t rows_before_;
    std::uint64_t first_row_ = 0;  // behind those
    std::optional<SliceShape> shape_;
    bool has_header_ = false;
    std::uint64_t rows_ = 0;
};

}  // namespace millrace::postgres
