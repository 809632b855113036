#pragma once
// SliceRowReader: the rows of a slice of either format, as a target writes them.
//
// Format  docs/formats/slice.md

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/csv.h"
#include "core/base/result.h"
#include "core/model/slice_header.h"
#include "core/ports/target.h"

namespace millrace {

// Which columns of a table the rows of a slice set, by their places in TableSpec::columns.
struct SliceShape {
    std::vector<std::size_t> columns;     // in the order of the values
    bool has_operation = false;           // each row says its operation
    std::optional<std::size_t> sequence;  // place in `columns`

    bool operator==(const SliceShape&) const = default;
};

// The shape that a header says; without one it is shape_of(table).
// Errors  corrupt: the table cannot have such rows
Result<SliceShape> shape_of(const TableSpec& table, const SliceHeader& header);

// Of format 1: all columns, in their order.
SliceShape shape_of(const TableSpec& table);

class SliceRowReader {
public:
    // `table` must outlive it.
    explicit SliceRowReader(const TableSpec& table) : table_(table) {}

    // Adds bytes; the view must stay valid until next() has returned false.
    void feed(std::string_view piece);

    // Moves to the next whole row; false when more bytes are needed.
    // Errors  corrupt: the bytes are no slice of the table, or a value is none of its column
    Result<bool> next();

    // Call after the last piece.
    // Errors  corrupt: the bytes end inside a row or the header
    Result<void> finish() const;

    // The rest is valid once next() has returned true.
    const SliceShape& shape() const { return *shape_; }
    RowOperation operation() const { return operation_; }
    // The value at a place of shape().columns; nothing is NULL. Of a row that deletes only the key
    // and the sequence mean anything.
    std::optional<std::string_view> value(std::size_t place) const;

    std::uint64_t rows() const { return rows_ ? rows_->rows() : 0; }

private:
    Result<bool> read_header();
    Result<void> check_row();
    Result<void> check_marked_row();
    Error corrupt_row(std::string_view what) const;

    const TableSpec& table_;
    std::string front_;  // of the slice, until it is known what it is
    std::string_view piece_;
    bool has_header_ = false;
    std::optional<SliceShape> shape_;  // known once the header, or the first byte, is
    std::optional<CsvRowReader> rows_;
    RowOperation operation_ = RowOperation::upsert;
};

}  // namespace millrace
