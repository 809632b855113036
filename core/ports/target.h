#pragma once
// Target: where tables are. Imports a file as a whole, exactly once.
//
// Thread  any; imports into one table never run side by side (the lifecycle sees to it).
// Errors  conflict     the table is not as the sink says; is_row_refused(): its database does not
//                      take one of the rows
//         unavailable  did not happen
//         unknown_outcome  may have happened; repeating is safe: the import log has the file id

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "core/base/error_names.h"
#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/model/column.h"
#include "core/model/table_id.h"
#include "core/ports/byte_source.h"

namespace millrace {

struct TableColumn {
    std::string name;
    bool primary_key = false;
    DataType data_type = DataType::string;

    bool operator==(const TableColumn&) const = default;
};

struct TableSpec {
    TableId id;
    std::vector<TableColumn> columns;
};

// The table that the columns of a mapping make.
TableSpec table_spec(const TableId& table, const std::vector<Column>& columns);

// What an import log keeps with a file for the restored installation of a backup.
struct ImportNote {
    std::string owner;  // visible ASCII, unique in the world; empty: nothing is kept
    std::string text;
};

struct ImportRequest {
    FileId file;
    TableSpec table;
    std::uint64_t rows = 0;   // of all slices
    std::uint64_t bytes = 0;  // of CSV
    std::string digest;       // of the slice list; the same file always has the same
    // Opens the CSV of one slice; slices are read in order.
    std::uint32_t slices = 0;
    std::function<Result<std::unique_ptr<ByteSource>>(std::uint32_t slice)> open_slice;
    WallTime now;
    // Of a table with a key: a row whose key was there before the import is not written, and
    // nothing is deleted.
    bool only_missing = false;
    ImportNote note = {};
    const std::atomic<bool>* stop = nullptr;  // once it is set the import is given up: unavailable
};

struct ImportReceipt {
    std::uint64_t rows = 0;     // read from the slices
    bool already_done = false;  // the import log had the file: nothing was imported again
};

// A row of a file that the database refuses by itself.
struct RowRefusal {
    std::uint32_t slice = 0;  // of the request
    std::uint64_t row = 0;    // of the slice, from 0
    std::string reason;       // the words of the database; no value of the row
};

// Whether an error says that a constraint, a trigger or a range of the table refuses a row: without
// that row the others may be imported. Only what comes before the commit is one.
inline bool is_row_refused(const Error& error) {
    return error.name() == error_names::kImportRowRefused;
}

// A value of a table as its database has it: nothing is NULL. What is no truth value, whole number
// or double is text: a TIMESTAMP in UTC as in docs/mapping.md, bytes that are no UTF-8 as they are.
using TableCell = std::variant<std::monostate, bool, std::int64_t, double, std::string>;

struct RowsQuery {
    TableId table;
    std::string after;                  // `next` of the page before; empty: from the begin
    std::size_t rows_max = 100;         // 1 at least
    std::uint64_t bytes_max = 4 << 20;  // of the texts; a page has one row at least
    bool newest_first = false;          // the order turned round
    std::uint64_t count_max = 0;        // count the rows of the table, up to so many; 0: don't
};

struct RowsPage {
    std::vector<std::string> columns;          // all that the table has, in its order
    std::vector<std::vector<TableCell>> rows;  // each as long as columns
    std::string next;                          // visible ASCII; empty: there are no further rows
    std::optional<std::uint64_t> total = {};   // rows of the table, count_max at most
};

class Target {
public:
    virtual ~Target() = default;

    // Creates the table, or compares it. A table may have other columns too, in any order, where
    // a row may leave them out: they are nullable or have a default. The same holds for import().
    // Errors  conflict, with both column lists in the text
    virtual Result<void> ensure_table(const TableSpec& table) = 0;

    // The same, and adds the columns that the table lacks, nullable; all of them or none. A target
    // that cannot change a table only compares it.
    // Errors  conflict, as above; a column of the primary key is not added
    virtual Result<void> add_columns(const TableSpec& table) { return ensure_table(table); }

    // Drops the table with its rows, and its bucket if nothing else is in it. Nothing happens if
    // the table is not there.
    virtual Result<void> drop_table(const TableId& table) = 0;

    // Whether the table has no row; true if it is not there.
    virtual Result<bool> is_empty(const TableId& table) = 0;

    // Rows in an order of the target's own, in which every row that nobody changes meanwhile comes
    // once. A target that cannot show rows says so, or that it cannot turn the order round.
    // Errors  not_found: there is no such table; invalid: `after` is not of a page of this order
    virtual Result<RowsPage> read_rows(const RowsQuery& /*query*/) {
        return Error(Code::invalid, "the target of the table cannot show its rows");
    }

    // Imports all rows, and a row of the import log (file id, rows, bytes, digest), in one
    // transaction. What a row does is told in docs/formats/slice.md, "What rows mean".
    // Errors  corrupt: rows are missing or malformed, or the log has the id with another digest
    virtual Result<ImportReceipt> import(const ImportRequest& request) = 0;

    // The same of several files of one table, oldest first, together in one transaction: all of
    // them or none. A target that has no use for that imports the first one. The receipts are those
    // of the files that are imported now, in their order.
    // Errors  those of import(), of any of the files; none is imported then
    virtual Result<std::vector<ImportReceipt>> import_all(std::span<const ImportRequest> requests) {
        TRY_ASSIGN(auto receipt, import(requests.front()));
        return std::vector<ImportReceipt>{receipt};
    }

    // The digest that the import log has of the file; nothing if it has none: the file was not
    // imported into the tables of this bucket, or that was forgotten.
    // Errors  conflict: the log, or a part of it, may not be seen
    virtual Result<std::optional<std::string>> imported_digest(const TableId& table,
                                                               FileId file) = 0;

    // The notes of that owner in the import log of the bucket, one behind the other: of the 1,000
    // newest files by their ids, and by the times of their imports. Nothing where there is none.
    // Errors  those of imported_digest()
    virtual Result<std::optional<std::string>> newest_note(const TableId& /*table*/,
                                                           const std::string& /*owner*/) {
        return std::optional<std::string>();
    }

    // After an import that ended with is_row_refused(): which rows those are, in their order, at
    // most one more than `at_most`. Nothing is imported and nothing stays. It may be that none is
    // found: the table has changed meanwhile. A target whose tables refuse no row has none.
    // Errors  those of import()
    virtual Result<std::vector<RowRefusal>> find_refused(const ImportRequest& /*request*/,
                                                         std::size_t /*at_most*/) {
        return std::vector<RowRefusal>();
    }

    // Forgets that these files were imported into the table; none of them is imported ever again.
    // Fine if the table, or what was known of a file, is gone.
    virtual Result<void> forget(const TableId& table, const std::vector<FileId>& files) = 0;

    // Gives back the room that others kept it from giving back before; called now and then.
    // Errors  unavailable: they still do, with what and how much in the text
    virtual Result<void> tidy() { return {}; }
};

}  // namespace millrace
