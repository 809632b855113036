#include "storage/target/sqlite/writer_sql.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "storage/sqlite/row_table.h"
#include "storage/target/sqlite/table.h"

namespace millrace::target {

std::string tombstones_of(const TableId& table) {
    return fmt::format("{}{}", kTombstonesPrefix, table.table());
}

std::string joined(const std::vector<std::string>& parts, std::string_view between) {
    return fmt::format("{}", fmt::join(parts, between));
}

WriterSql::WriterSql(const TableSpec& table, const SliceShape& shape)
    : table_(quoted(table.id.table())), tombstones_(quoted(tombstones_of(table.id))) {
    for (std::size_t i = 0; i < shape.columns.size(); ++i) {
        const auto& column = table.columns[shape.columns[i]];
        const auto name = quoted(column.name);
        const auto value = fmt::format("?{}", i + 1);
        names_.push_back(name);
        values_.push_back(value);
        pulled_.push_back(fmt::format("c{}", i));
        if (column.primary_key) {
            key_.push_back(name);
            key_values_.push_back(value);
            pulled_key_.push_back(pulled_.back());
            is_key_.push_back(fmt::format("{} = {}", name, value));
        } else {
            updates_.push_back(fmt::format("{} = excluded.{}", name, name));
            sets_.push_back(fmt::format("{} = {}", name, value));
        }
        if (shape.sequence == i) {
            sequence_ = name;
            new_ = value;
        }
    }
}

std::string WriterSql::on_conflict() const {
    const auto conflict = fmt::format("ON CONFLICT ({}) DO", joined(key_));
    if (updates_.empty()) return fmt::format("{} NOTHING", conflict);
    return fmt::format("{} UPDATE SET {}", conflict, joined(updates_));
}

std::string WriterSql::upsert() const {
    const auto into = fmt::format("INSERT INTO {} ({})", table_, joined(names_));
    const auto values = joined(values_);
    if (key_.empty()) return fmt::format("{} VALUES ({})", into, values);
    if (updates_.empty() || sequence_.empty()) {
        return fmt::format("{} VALUES ({}) {}", into, values, on_conflict());
    }
    return fmt::format(
        "{0} SELECT {1} WHERE NOT EXISTS (SELECT 1 FROM {2} WHERE {3} AND ({4} IS NULL OR"
        " {5} > {4})) {6} WHERE {7}.{5} IS NULL OR excluded.{5} >= {7}.{5}",
        into, values, tombstones_, is_this_key(), new_, sequence_, on_conflict(), table_);
}

// A row that fails ends the whole import, so nothing is kept to take back this statement alone (OR
// FAIL).
std::string WriterSql::upsert_rows() const {
    const auto rows = fmt::format("INSERT OR FAIL INTO {} ({}) SELECT {} FROM {} WHERE true",
                                  table_, joined(names_), joined(pulled_), sqlite::RowTable::kName);
    if (key_.empty()) return rows;
    return fmt::format("{} ORDER BY {}, place {}", rows, joined(pulled_key_), on_conflict());
}

std::string WriterSql::has_key() const {
    return fmt::format("SELECT 1 FROM {} WHERE {}", table_, is_this_key());
}

std::string WriterSql::update() const {
    if (sets_.empty()) return "";
    const auto all = fmt::format("UPDATE {} SET {} WHERE {}", table_, joined(sets_), is_this_key());
    if (sequence_.empty()) return all;
    return fmt::format("{0} AND ({1} IS NULL OR {2} >= {1})", all, sequence_, new_);
}

std::string WriterSql::erase() const {
    const auto all = fmt::format("DELETE FROM {} WHERE {}", table_, is_this_key());
    if (sequence_.empty()) return all;
    return fmt::format("{} AND ({} IS NULL OR {} <= {})", all, sequence_, sequence_, new_);
}

// After erase(): a row that is still there is newer.
std::string WriterSql::bury() const {
    return fmt::format(
        "INSERT INTO {0} ({1}, {2}) SELECT {3}, {4} WHERE {4} IS NOT NULL AND NOT EXISTS"
        " (SELECT 1 FROM {5} WHERE {6}) ON CONFLICT ({1}) DO UPDATE SET {2} = excluded.{2}"
        " WHERE excluded.{2} > {2}",
        tombstones_, joined(key_), sequence_, joined(key_values_), new_, table_, is_this_key());
}

std::string WriterSql::bring_up() const {
    return fmt::format(
        "DELETE FROM {0} WHERE {1} AND {2} <= {3} AND NOT EXISTS"
        " (SELECT 1 FROM {4} WHERE {1} AND {4}.{2} > {3})",
        tombstones_, is_this_key(), sequence_, new_, table_);
}

std::string WriterSql::claim() const {
    return fmt::format(
        "INSERT OR IGNORE INTO {0} ({1}) SELECT {2} WHERE NOT EXISTS"
        " (SELECT 1 FROM main.{3} WHERE {4})",
        kNewKeys, joined(key_), joined(key_values_), table_, is_this_key());
}

std::string WriterSql::is_new() const {
    return fmt::format("SELECT 1 FROM {} WHERE {}", kNewKeys, is_this_key());
}

}  // namespace millrace::target
