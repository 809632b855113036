#pragma once
// TableWriter applies the rows of slices to a table: inserts, replaces, updates some columns,
// deletes, and passes over rows that a sequence says are older than what is there.
//
// With a sequence a delete leaves a tombstone, so that an older row of its key, in a later file,
// does not bring the row back. An upsert that is as new as the tombstone removes it.
//
// Format    tombstones of the table "orders" are the table "_millrace_tombstones_orders": the
//           columns of its primary key, and its sequence column with the value of the delete. It
//           goes with its table, and begins anew when key or sequence column are others.
// Lifetime  of one slice, inside the transaction of its import.
// See       docs/formats/slice.md, "What rows mean"

#include <optional>
#include <utility>

#include "core/base/result.h"
#include "core/ports/slice_rows.h"
#include "core/ports/target.h"
#include "storage/sqlite/database.h"

namespace millrace::target {

class TableWriter {
public:
    // `database`, `table` and `shape` must outlive it. Makes the table of the tombstones if there
    // may be some. With `only_missing` (ImportRequest) begin_new_keys() comes before the first of
    // an import.
    static Result<TableWriter> open(sqlite::Database& database, const TableSpec& table,
                                    const SliceShape& shape, bool only_missing);

    // Applies the current row of `rows`.
    // Errors  corrupt: a value is none of its column
    Result<void> write(const SliceRowReader& rows);

private:
    TableWriter(sqlite::Database& database, const TableSpec& table, const SliceShape& shape,
                bool is_strict, sqlite::Statement upsert)
        : database_(database),
          table_(table),
          shape_(shape),
          is_strict_(is_strict),
          upsert_(std::move(upsert)) {}

    Result<void> erase(const SliceRowReader& rows);

    Result<void> bind(sqlite::Statement& statement, const SliceRowReader& rows,
                      std::size_t place) const;
    // With only_missing: whether the key of the row was not in the table before the import.
    Result<bool> has_new_key(const SliceRowReader& rows);
    // Whether the statement, which uses the key of the row only, finds something.
    Result<bool> finds(sqlite::Statement& statement, const SliceRowReader& rows) const;
    // Runs a statement that uses the key and the sequence of the row only.
    Result<void> run_on_key(sqlite::Statement& statement, const SliceRowReader& rows) const;

    sqlite::Database& database_;
    const TableSpec& table_;
    const SliceShape& shape_;
    const bool is_strict_;
    sqlite::Statement upsert_;
    std::optional<sqlite::Statement> erase_;     // once a row deletes
    std::optional<sqlite::Statement> bury_;      // and there is a sequence: writes a tombstone
    std::optional<sqlite::Statement> bring_up_;  // with a sequence: removes one
    std::optional<sqlite::Statement> claim_;     // with only_missing: remembers a key as new
    std::optional<sqlite::Statement> is_new_;    // and asks whether it is one
    // Where rows leave out a column that takes no NULL: an insert is refused before its conflict is
    // seen.
    std::optional<sqlite::Statement> has_key_;
    std::optional<sqlite::Statement> update_;  // nothing where only the key is set
};

// The keys that an import with only_missing has written, and may write again; empty at its begin.
Result<void> begin_new_keys(sqlite::Database& database, const TableSpec& table);
Result<void> end_new_keys(sqlite::Database& database);

// Removes the tombstones of a table, if it has any.
Result<void> drop_tombstones(sqlite::Database& database, const TableId& table);

}  // namespace millrace::target
