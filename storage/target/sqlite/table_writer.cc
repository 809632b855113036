#include "storage/target/sqlite/table_writer.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "storage/target/sqlite/column_type.h"
#include "storage/target/sqlite/table.h"
#include "storage/target/sqlite/writer_sql.h"

namespace millrace::target {
namespace {

using sqlite::Database;
using sqlite::Statement;

Error no_value_of(const TableColumn& column) {
    return Error(Code::corrupt,
                 fmt::format("column \"{}\": the cell is no value of its data type", column.name));
}

std::string create_tombstones_sql(const TableSpec& table, const TableColumn& sequence) {
    std::vector<std::string> columns, key;
    for (const auto& column : table.columns) {
        if (!column.primary_key) continue;
        key.push_back(quoted(column.name));
        columns.push_back(fmt::format("{} {}", key.back(), declared_as(column.data_type)));
    }
    return fmt::format("CREATE TABLE {} ({}, {} {} NOT NULL, PRIMARY KEY ({})) WITHOUT ROWID",
                       quoted(tombstones_of(table.id)), joined(columns), quoted(sequence.name),
                       declared_as(sequence.data_type), joined(key));
}

// SQLite keeps the statement that made a table word for word.
Result<void> ensure_tombstones(Database& database, const TableSpec& table,
                               const TableColumn& sequence) {
    const auto wanted = create_tombstones_sql(table, sequence);
    TRY_ASSIGN(const auto same,
               database.number("SELECT count(*) FROM sqlite_schema WHERE type = 'table'"
                               " AND name = ?1 COLLATE NOCASE AND sql = ?2",
                               tombstones_of(table.id), wanted));
    if (same > 0) return {};
    TRY(drop_tombstones(database, table.id));
    return database.execute(wanted);
}

// Whether rows of the shape set no value in a column that takes no NULL.
Result<bool> leaves_out_required(Database& database, const TableSpec& table,
                                 const SliceShape& shape) {
    if (shape.columns.size() == table.columns.size()) return false;
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
        if (std::ranges::find(shape.columns, i) != shape.columns.end()) continue;
        TRY_ASSIGN(const auto required,
                   database.number("SELECT count(*) FROM pragma_table_info(?1) WHERE name = ?2"
                                   " COLLATE NOCASE AND \"notnull\" AND dflt_value IS NULL",
                                   table.id.table(), table.columns[i].name));
        if (required > 0) return true;
    }
    return false;
}

}  // namespace

Result<TableWriter> TableWriter::open(Database& database, const TableSpec& table,
                                      const SliceShape& shape, bool only_missing) {
    const WriterSql sql(table, shape);
    if (shape.sequence) {
        const auto& sequence = table.columns[shape.columns[*shape.sequence]];
        TRY(ensure_tombstones(database, table, sequence));
    }
    TRY_ASSIGN(const bool strict, is_strict(database, table.id));
    TRY_ASSIGN(auto upsert, database.prepare(sql.upsert()));
    TableWriter writer(database, table, shape, strict, std::move(upsert));
    if (shape.sequence) {
        TRY_ASSIGN(writer.bring_up_, database.prepare(sql.bring_up()));
    }
    if (only_missing) {
        TRY_ASSIGN(writer.claim_, database.prepare(sql.claim()));
        TRY_ASSIGN(writer.is_new_, database.prepare(sql.is_new()));
    }
    TRY_ASSIGN(const bool leaves_out, leaves_out_required(database, table, shape));
    if (leaves_out && !only_missing) {
        TRY_ASSIGN(writer.has_key_, database.prepare(sql.has_key()));
        if (const auto update = sql.update(); !update.empty()) {
            TRY_ASSIGN(writer.update_, database.prepare(update));
        }
    }
    return writer;
}

Result<bool> TableWriter::has_new_key(const SliceRowReader& rows) {
    for (std::size_t i = 0; i < shape_.columns.size(); ++i) {
        if (!table_.columns[shape_.columns[i]].primary_key) continue;
        TRY(bind(*claim_, rows, i));
        TRY(bind(*is_new_, rows, i));
    }
    TRY(claim_->run());
    TRY_ASSIGN(const bool is_new, is_new_->step());
    is_new_->reset();
    return is_new;
}

Result<void> TableWriter::write(const SliceRowReader& rows) {
    if (claim_) {
        if (rows.operation() == RowOperation::erase) return {};
        TRY_ASSIGN(const bool is_new, has_new_key(rows));
        if (!is_new) return {};
    }
    if (rows.operation() == RowOperation::erase) return erase(rows);
    auto* upsert = &upsert_;
    if (has_key_) {
        TRY_ASSIGN(const bool is_there, finds(*has_key_, rows));
        if (is_there) upsert = update_ ? &*update_ : nullptr;
    }
    for (std::size_t i = 0; upsert != nullptr && i < shape_.columns.size(); ++i) {
        TRY(bind(*upsert, rows, i));
    }
    if (upsert != nullptr) TRY(upsert->run());
    return bring_up_ ? run_on_key(*bring_up_, rows) : Result<void>();
}

// Rows of either format may delete; most slices have none of those.
Result<void> TableWriter::erase(const SliceRowReader& rows) {
    if (!erase_) {
        const WriterSql sql(table_, shape_);
        TRY_ASSIGN(erase_, database_.prepare(sql.erase()));
        if (shape_.sequence) {
            TRY_ASSIGN(bury_, database_.prepare(sql.bury()));
        }
    }
    TRY(run_on_key(*erase_, rows));
    return bury_ ? run_on_key(*bury_, rows) : Result<void>();
}

Result<void> TableWriter::bind(Statement& statement, const SliceRowReader& rows,
                               std::size_t place) const {
    const auto& column = table_.columns[shape_.columns[place]];
    const auto position = static_cast<int>(place) + 1;
    const auto value = rows.value(place);
    sqlite::Parameter parameter(statement, position);
    if (put_cell(parameter, column.data_type, value, is_strict_)) return {};
    return no_value_of(column);
}

Result<bool> TableWriter::finds(Statement& statement, const SliceRowReader& rows) const {
    for (std::size_t i = 0; i < shape_.columns.size(); ++i) {
        if (table_.columns[shape_.columns[i]].primary_key) TRY(bind(statement, rows, i));
    }
    TRY_ASSIGN(const bool found, statement.step());
    statement.reset();
    return found;
}

Result<void> TableWriter::run_on_key(Statement& statement, const SliceRowReader& rows) const {
    for (std::size_t i = 0; i < shape_.columns.size(); ++i) {
        const bool is_used = table_.columns[shape_.columns[i]].primary_key || shape_.sequence == i;
        if (is_used) TRY(bind(statement, rows, i));
    }
    return statement.run();
}

Result<void> begin_new_keys(Database& database, const TableSpec& table) {
    std::vector<std::string> columns, key;
    for (const auto& column : table.columns) {
        if (!column.primary_key) continue;
        key.push_back(quoted(column.name));
        columns.push_back(fmt::format("{} {}", key.back(), declared_as(column.data_type)));
    }
    TRY(end_new_keys(database));
    return database.execute(fmt::format("CREATE TABLE {} ({}, PRIMARY KEY ({})) WITHOUT ROWID",
                                        kNewKeys, joined(columns), joined(key)));
}

Result<void> end_new_keys(Database& database) {
    return database.execute(fmt::format("DROP TABLE IF EXISTS {}", kNewKeys));
}

Result<void> drop_tombstones(Database& database, const TableId& table) {
    return database.execute(fmt::format("DROP TABLE IF EXISTS {}", quoted(tombstones_of(table))));
}

}  // namespace millrace::target
