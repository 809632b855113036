#include "storage/target/sqlite/table_writer.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "core/base/utf8_sequence.h"
#include "storage/target/sqlite/column_type.h"
#include "storage/target/sqlite/table.h"

namespace millrace::target {
namespace {

using sqlite::Database;
using sqlite::Statement;

std::string tombstones_of(const TableId& table) {
    return fmt::format("{}{}", kTombstonesPrefix, table.table());
}

bool is_utf8(std::string_view text) {
    return find_invalid_utf8(text) == text.size();
}

std::string joined(const std::vector<std::string>& parts, std::string_view between = ", ") {
    return fmt::format("{}", fmt::join(parts, between));
}

constexpr std::string_view kNewKeys = "temp._millrace_new_keys";

// The statements for the rows of one shape; value i of a row is parameter i + 1.
class Sql {
public:
    Sql(const TableSpec& table, const SliceShape& shape)
        : table_(quoted(table.id.table())), tombstones_(quoted(tombstones_of(table.id))) {
        for (std::size_t i = 0; i < shape.columns.size(); ++i) {
            const auto& column = table.columns[shape.columns[i]];
            const auto name = quoted(column.name);
            const auto value = fmt::format("?{}", i + 1);
            names_.push_back(name);
            values_.push_back(value);
            if (column.primary_key) {
                key_.push_back(name);
                key_values_.push_back(value);
                is_key_.push_back(fmt::format("{} = {}", name, value));
            } else {
                updates_.push_back(fmt::format("{} = excluded.{}", name, name));
            }
            if (shape.sequence == i) {
                sequence_ = name;
                new_ = value;
            }
        }
    }

    std::string upsert() const {
        const auto into = fmt::format("INSERT INTO {} ({})", table_, joined(names_));
        const auto values = joined(values_);
        if (key_.empty()) return fmt::format("{} VALUES ({})", into, values);
        const auto conflict = fmt::format("ON CONFLICT ({}) DO", joined(key_));
        if (updates_.empty()) {
            return fmt::format("{} VALUES ({}) {} NOTHING", into, values, conflict);
        }
        const auto update = fmt::format("{} UPDATE SET {}", conflict, joined(updates_));
        if (sequence_.empty()) return fmt::format("{} VALUES ({}) {}", into, values, update);
        return fmt::format(
            "{0} SELECT {1} WHERE NOT EXISTS (SELECT 1 FROM {2} WHERE {3} AND ({4} IS NULL OR"
            " {5} > {4})) {6} WHERE {7}.{5} IS NULL OR excluded.{5} >= {7}.{5}",
            into, values, tombstones_, is_this_key(), new_, sequence_, update, table_);
    }

    std::string erase() const {
        const auto all = fmt::format("DELETE FROM {} WHERE {}", table_, is_this_key());
        if (sequence_.empty()) return all;
        return fmt::format("{} AND ({} IS NULL OR {} <= {})", all, sequence_, sequence_, new_);
    }

    // After erase(): a row that is still there is newer.
    std::string bury() const {
        return fmt::format(
            "INSERT INTO {0} ({1}, {2}) SELECT {3}, {4} WHERE {4} IS NOT NULL AND NOT EXISTS"
            " (SELECT 1 FROM {5} WHERE {6}) ON CONFLICT ({1}) DO UPDATE SET {2} = excluded.{2}"
            " WHERE excluded.{2} > {2}",
            tombstones_, joined(key_), sequence_, joined(key_values_), new_, table_, is_this_key());
    }

    std::string bring_up() const {
        return fmt::format(
            "DELETE FROM {0} WHERE {1} AND {2} <= {3} AND NOT EXISTS"
            " (SELECT 1 FROM {4} WHERE {1} AND {4}.{2} > {3})",
            tombstones_, is_this_key(), sequence_, new_, table_);
    }

    std::string claim() const {
        return fmt::format(
            "INSERT OR IGNORE INTO {0} ({1}) SELECT {2} WHERE NOT EXISTS"
            " (SELECT 1 FROM main.{3} WHERE {4})",
            kNewKeys, joined(key_), joined(key_values_), table_, is_this_key());
    }

    std::string is_new() const {
        return fmt::format("SELECT 1 FROM {} WHERE {}", kNewKeys, is_this_key());
    }

private:
    std::string is_this_key() const { return joined(is_key_, " AND "); }

    const std::string table_;
    const std::string tombstones_;
    std::vector<std::string> names_, values_, key_, key_values_, is_key_, updates_;
    std::string sequence_;  // empty: there is none
    std::string new_;       // the sequence of the row
};

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

}  // namespace

Result<TableWriter> TableWriter::open(Database& database, const TableSpec& table,
                                      const SliceShape& shape, bool only_missing) {
    const Sql sql(table, shape);
    if (shape.sequence) {
        const auto& sequence = table.columns[shape.columns[*shape.sequence]];
        TRY(ensure_tombstones(database, table, sequence));
    }
    TRY_ASSIGN(const auto strict, database.number("SELECT count(*) FROM pragma_table_list(?1)"
                                                  " WHERE schema = 'main' AND strict",
                                                  table.id.table()));
    TRY_ASSIGN(auto upsert, database.prepare(sql.upsert()));
    TableWriter writer(table, shape, strict > 0, std::move(upsert));
    if (shape.has_operation) {
        TRY_ASSIGN(writer.erase_, database.prepare(sql.erase()));
    }
    if (shape.has_operation && shape.sequence) {
        TRY_ASSIGN(writer.bury_, database.prepare(sql.bury()));
    }
    if (shape.sequence) {
        TRY_ASSIGN(writer.bring_up_, database.prepare(sql.bring_up()));
    }
    if (only_missing) {
        TRY_ASSIGN(writer.claim_, database.prepare(sql.claim()));
        TRY_ASSIGN(writer.is_new_, database.prepare(sql.is_new()));
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
    if (rows.operation() == RowOperation::erase) {
        TRY(run_on_key(*erase_, rows));
        return bury_ ? run_on_key(*bury_, rows) : Result<void>();
    }
    for (std::size_t i = 0; i < shape_.columns.size(); ++i) TRY(bind(upsert_, rows, i));
    TRY(upsert_.run());
    return bring_up_ ? run_on_key(*bring_up_, rows) : Result<void>();
}

Result<void> TableWriter::bind(Statement& statement, const SliceRowReader& rows,
                               std::size_t place) const {
    const auto& column = table_.columns[shape_.columns[place]];
    const auto position = static_cast<int>(place) + 1;
    const auto value = rows.value(place);
    if (column.data_type == DataType::string && !is_strict_ && value && !is_utf8(*value)) {
        statement.bind_borrowed_blob(position, *value);
        return {};
    }
    return bind_cell(statement, position, column.data_type, value).in([&] {
        return fmt::format("column \"{}\"", column.name);
    });
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
