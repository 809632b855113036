#pragma once
// RowTable: rows of the caller as a table that one statement reads, in the order they come.
//
// Many rows cost much less so than one statement each: SQLite pulls them, values are not copied
// before they are in the row that it writes, and they can be sorted on the way.
//
// Thread    that of its Database.
// Lifetime  ends after the statements that read it, and before its Database.
// See       https://sqlite.org/vtab.html, 2.1.3 (eponymous-only virtual tables)

#include <cstddef>
#include <memory>
#include <string_view>

#include "core/base/result.h"
#include "storage/sqlite/database.h"
#include "storage/sqlite/value_place.h"

namespace millrace::sqlite {

class RowSource {
public:
    virtual ~RowSource() = default;

    // Moves to the next row, at first to the first one; false when there is none.
    virtual Result<bool> next() = 0;
    // Puts a value of the current row; columns count from 0. False: it has none there, and
    // no_value() says so.
    virtual bool put(std::size_t column, ValuePlace& place) = 0;
    virtual Error no_value(std::size_t column) const = 0;
};

struct RowTableState;

class RowTable {
public:
    // Its columns are c0, c1, ... and `place`, which counts the rows.
    static constexpr std::string_view kName = "_millrace_rows";

    // One at a time is in a database. `source` must outlive it.
    static Result<RowTable> make(Database& database, RowSource& source, std::size_t columns);

    RowTable(RowTable&&) noexcept;
    RowTable& operator=(RowTable&&) = delete;
    ~RowTable();

    // Runs a statement that reads the table once.
    // Errors  those of the source, else those of the statement
    Result<void> run(Statement& statement);

private:
    explicit RowTable(std::unique_ptr<RowTableState> state);

    std::unique_ptr<RowTableState> state_;  // its address is SQLite's
};

}  // namespace millrace::sqlite
