#pragma once
// The CSV of slices: RFC 4180, every value quoted, "\n" after each row, no header.
//
// Format  docs/formats/slice.md

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace millrace {

// Appends `value` in quotes, with quotes inside doubled; no comma, no line end.
void append_csv_value(std::string& out, std::string_view value);

// What a row begins with whose values may be bare: see core/ports/slice_rows.h.
inline constexpr char kRowMark = '-';

enum class BareValues { refused, allowed, in_marked_rows };

// Splits CSV that arrives in pieces into rows. A piece may end anywhere, also inside a value.
class CsvRowReader {
public:
    // A bare value has no quotes around it and none in it; it may be empty.
    explicit CsvRowReader(std::size_t columns, BareValues bare_values = BareValues::refused)
        : columns_(columns), bare_values_(bare_values) {}

    // Adds bytes; the view must stay valid until next() has returned false.
    void feed(std::string_view piece);

    // Moves to the next whole row; false when more bytes are needed.
    // Errors  corrupt: not CSV as written by append_csv_value, or another number of values
    Result<bool> next();

    // The values of the current row, unquoted; valid until the next call of next() or feed().
    const std::vector<std::string>& row() const { return row_; }

    // Whether a value of the current row had no quotes.
    bool is_bare(std::size_t column) const { return bare_[column]; }

    // Whether the current row began with kRowMark.
    bool is_marked() const { return is_marked_; }

    // Call after the last piece.
    // Errors  corrupt: the bytes end inside a row.
    Result<void> finish() const;

    std::uint64_t rows() const { return rows_; }

private:
    enum class State { value_start, in_value, in_bare_value, after_quote };

    void begin_row();
    Result<void> begin_value();
    bool take_mark();
    // Returns whether the row ended too; `c` is what follows the value.
    Result<bool> end_value(char c);
    Error corrupt(std::string_view what) const;

    const std::size_t columns_;
    const BareValues bare_values_;
    std::string_view piece_;
    State state_ = State::value_start;
    std::size_t filled_ = 0;  // whole values of the row being read
    std::vector<std::string> row_;
    std::vector<bool> bare_;
    bool is_marked_ = false;
    std::uint64_t rows_ = 0;
    bool row_done_ = true;
};

}  // namespace millrace
