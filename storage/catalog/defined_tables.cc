#include "storage/catalog/defined_tables.h"

#include <fmt/format.h>

#include "core/base/error_names.h"
#include "core/model/upload_labels.h"
#include "storage/catalog/json.h"
#include "storage/catalog/rows.h"
#include "storage/catalog/table_numbers.h"

namespace millrace::catalog {
namespace {

using sqlite::Database;
using sqlite::Row;

#define WHERE_KEY " WHERE project = ?1 AND branch = ?2 AND table_id = ?3 AND columns <> ''"

constexpr std::string_view kSelect =
    "SELECT project, branch, table_id, target, columns, created, is_being_dropped FROM tables";

Result<DefinedTable> read_table(Row row) {
    DefinedTable table;
    table.key.project = ProjectId(row.unsigned32());
    table.key.branch = BranchId(row.unsigned32());
    TRY_ASSIGN(table.key.table, TableId::parse(row.text()));
    table.target = TargetName(row.text());
    TRY(decode_shape(row.text(), table));
    TRY_ASSIGN(table.created, decode_stamp(row.text()));
    table.is_being_dropped = row.integer() != 0;
    return table;
}

Result<std::optional<DefinedTable>> find(Database& database, const TableKey& key) {
    static const auto sql = fmt::format("{}" WHERE_KEY, kSelect);
    TRY_ASSIGN(auto query,
               database.query(sql, key.project.value, key.branch.value, key.table.text()));
    return read_one<DefinedTable>(std::move(query), read_table);
}

// Loads that are not over, and files of loads that are neither imported nor discarded.
Result<std::int64_t> loads_in_use(Database& database, const DefinedTable& table) {
    return database.number(
        "SELECT count(*) FROM loads AS l JOIN tables AS t ON t.number = l.owner"
        " WHERE t.project = ?1 AND t.branch = ?2 AND t.target = ?3 AND t.table_id = ?4"
        " AND (l.state IN ('open', 'written', 'prepared') OR (l.state = 'committed' AND EXISTS"
        " (SELECT 1 FROM files WHERE id = l.file AND state NOT IN ('imported', 'discarded'))))",
        table.key.project.value, table.key.branch.value, table.target.value,
        table.key.table.text());
}

Result<void> set_being_dropped(Database& database, const TableKey& key, bool is_being_dropped) {
    TRY(database.run("UPDATE tables SET is_being_dropped = ?4" WHERE_KEY, key.project.value,
                     key.branch.value, key.table.text(), is_being_dropped));
    return {};
}

}  // namespace

Result<bool> DefinedTables::add_table(const DefinedTable& table) {
    return connections_.write([&](Database& database) -> Result<bool> {
        TRY_ASSIGN(const auto known, find(database, table.key));
        if (known) return false;
        TRY_ASSIGN(const auto number, number_of_table(database, {.project = table.key.project,
                                                                 .branch = table.key.branch,
                                                                 .table = table.in_target()}));
        TRY(
            database.run("UPDATE tables SET columns = ?2, created = ?3, is_being_dropped = 0"
                         " WHERE number = ?1",
                         number.value, encode_shape(table), encode(table.created)));
        return true;
    });
}

Result<std::optional<DefinedTable>> DefinedTables::find_table(const TableKey& key) {
    return connections_.read([&](Database& database) { return find(database, key); });
}

Result<Page<DefinedTable>> DefinedTables::tables(ProjectId project, BranchId branch,
                                                 const PageRequest& page) {
    static const auto sql = fmt::format(
        "{} WHERE project = ?1 AND branch = ?2 AND columns <> '' AND table_id > ?3"
        " ORDER BY table_id LIMIT ?4",
        kSelect);
    return connections_.read([&](Database& database) -> Result<Page<DefinedTable>> {
        Page<DefinedTable> result;
        TRY_ASSIGN(auto query,
                   database.query(sql, project.value, branch.value, page.after_id, page.limit));
        TRY_ASSIGN(result.items, read_all<DefinedTable>(std::move(query), read_table));
        TRY_ASSIGN(const auto total,
                   database.number("SELECT count(*) FROM tables WHERE project = ?1"
                                   " AND branch = ?2 AND columns <> ''",
                                   project.value, branch.value));
        result.total_count = static_cast<std::uint64_t>(total);
        return result;
    });
}

Result<void> DefinedTables::begin_drop(const TableKey& key) {
    return connections_.write([&](Database& database) -> Result<void> {
        TRY_ASSIGN(const auto table, find(database, key));
        if (!table) {
            return Error(Code::not_found, fmt::format("there is no table {}", key.table.text()));
        }
        TRY_ASSIGN(const auto loads, loads_in_use(database, *table));
        if (loads > 0) {
            return Error(Code::conflict,
                         fmt::format("Table \"{}\" cannot be dropped: a load into it is open, or "
                                     "its rows wait or are set aside.",
                                     key.table.text()))
                .named(error_names::kApiTableInUse);
        }
        return set_being_dropped(database, key, true);
    });
}

Result<void> DefinedTables::end_drop(const TableKey& key) {
    return connections_.write(
        [&](Database& database) { return set_being_dropped(database, key, false); });
}

// Its number stays: loads that are over, and their files, have it. What uploads into it remember is
// forgotten: rows of a table that is made anew under its id are others.
Result<void> DefinedTables::forget_table(const TableKey& key) {
    return connections_.write([&](Database& database) -> Result<void> {
        TRY(database.run(
            "DELETE FROM loads WHERE state = 'committed' AND (label GLOB ?4 OR label GLOB ?5)"
            " AND owner IN (SELECT number FROM tables" WHERE_KEY ")",
            key.project.value, key.branch.value, key.table.text(), fmt::format("{}*", kUploadLabel),
            fmt::format("{}*", kUploadPartLabel)));
        TRY(database.run(
            "UPDATE tables SET columns = '', created = '', is_being_dropped = 0" WHERE_KEY,
            key.project.value, key.branch.value, key.table.text()));
        return {};
    });
}

}  // namespace millrace::catalog
