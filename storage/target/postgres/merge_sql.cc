#include "storage/target/postgres/merge_sql.h"

#include <fmt/format.h>

#include "storage/target/postgres/names.h"
#include "storage/target/postgres/pg_column_type.h"

namespace millrace::postgres {
namespace {

// In the schema of temporary tables, which search_path has not to name.
constexpr std::string_view kStage = "pg_temp._millrace_stage";
constexpr std::string_view kDeletes = "pg_temp._millrace_deletes";

std::string joined(const std::vector<std::string>& parts, std::string_view between = ", ") {
    return fmt::format("{}", fmt::join(parts, between));
}

std::string copy_options() {
    return "(FORMAT csv, NULL '')";
}

}  // namespace

MergeSql::MergeSql(const TableSpec& table, const SliceShape& shape, bool only_missing)
    : table_(qualified(table.id)),
      tombstones_(qualified(table.id.bucket(), tombstones_of(table.id))),
      is_part_(shape.columns.size() < table.columns.size()),
      only_missing_(only_missing),
      has_operation_(shape.has_operation) {
    for (std::size_t i = 0; i < shape.columns.size(); ++i) {
        const auto& column = table.columns[shape.columns[i]];
        const auto name = quoted_name(column.name);
        names_.push_back(name);
        if (column.primary_key) {
            key_.push_back(name);
            tombstone_columns_.push_back(fmt::format("{} {}", name, declared_as(column.data_type)));
        } else {
            updates_.push_back(fmt::format("{0} = excluded.{0}", name));
            values_.push_back(fmt::format("{0} = w.{0}", name));
        }
        if (shape.sequence == i) sequence_ = name;
    }
    for (std::size_t i = 0; has_sequence() && i < shape.columns.size(); ++i) {
        if (shape.sequence != i) continue;
        const auto type = table.columns[shape.columns[i]].data_type;
        tombstone_columns_.push_back(fmt::format("{} {} NOT NULL", sequence_, declared_as(type)));
    }
}

std::string MergeSql::same_key(std::string_view a, std::string_view b) const {
    std::vector<std::string> parts;
    for (const auto& name : key_) parts.push_back(fmt::format("{}.{} = {}.{}", a, name, b, name));
    return joined(parts, " AND ");
}

std::string MergeSql::create_stage() const {
    return fmt::format(
        "CREATE TEMPORARY TABLE _millrace_stage ON COMMIT DROP AS"
        " SELECT 0::bigint AS _millrace_row,{} {} FROM {} WITH NO DATA",
        has_operation_ ? " ''::text AS _millrace_operation," : "", joined(names_), table_);
}

std::string MergeSql::copy_to_stage() const {
    return fmt::format("COPY {} FROM STDIN {}", kStage, copy_options());
}

std::string MergeSql::drop_stage() const {
    return fmt::format("DROP TABLE {}", kStage);
}

std::string MergeSql::create_tombstones() const {
    return fmt::format("CREATE TABLE {} ({}, PRIMARY KEY ({}))", tombstones_,
                       joined(tombstone_columns_), joined(key_));
}

std::vector<std::string> MergeSql::merge() const {
    std::vector<std::string> statements;
    if (has_operation_ && !only_missing_) {
        statements.push_back(create_deletes());
        statements.push_back(remove_deleted());
        if (has_sequence()) statements.push_back(remember_deletes());
        statements.push_back(fmt::format("DROP TABLE {}", kDeletes));
    }
    if (updates_a_part()) statements.push_back(update());
    statements.push_back(upsert());
    if (has_sequence()) statements.push_back(forget_deletes());
    return statements;
}

std::string MergeSql::winners() const {
    return fmt::format("SELECT DISTINCT ON ({0}) * FROM {1} ORDER BY {0}{2}, _millrace_row DESC",
                       joined(key_), kStage,
                       has_sequence() ? fmt::format(", {} DESC NULLS LAST", sequence_) : "");
}

// The keys of deletes that no earlier row of the stage is newer than, with the highest sequence.
std::string MergeSql::create_deletes() const {
    const auto create = fmt::format("CREATE TEMPORARY TABLE _millrace_deletes ON COMMIT DROP AS");
    if (!has_sequence()) {
        return fmt::format("{} SELECT DISTINCT {} FROM {} WHERE _millrace_operation = 'delete'",
                           create, joined(key_), kStage);
    }
    return fmt::format(
        "{0} SELECT {1}, max({2}) AS {2} FROM (SELECT {1}, {2}, _millrace_operation, max({2}) OVER"
        " (PARTITION BY {1} ORDER BY _millrace_row ROWS BETWEEN UNBOUNDED PRECEDING AND 1 "
        "PRECEDING)"
        " AS _millrace_before FROM {3}) AS s WHERE _millrace_operation = 'delete'"
        " AND (_millrace_before IS NULL OR {2} >= _millrace_before) GROUP BY {1}",
        create, joined(key_), sequence_, kStage);
}

std::string MergeSql::remove_deleted() const {
    const auto remove = fmt::format("DELETE FROM {} AS t USING {} AS d WHERE {}", table_, kDeletes,
                                    same_key("t", "d"));
    if (!has_sequence()) return remove;
    return fmt::format(
        "{0} AND (t.{1} IS NULL OR t.{1} <= d.{1}) AND NOT EXISTS (SELECT 1 FROM {2} AS b WHERE {3}"
        " AND (d.{1} IS NULL OR b.{1} > d.{1}))",
        remove, sequence_, tombstones_, same_key("b", "d"));
}

// After remove_deleted(): a row that is still there is newer.
std::string MergeSql::remember_deletes() const {
    return fmt::format(
        "INSERT INTO {0} AS b ({1}, {2}) SELECT {1}, {2} FROM {3} AS d WHERE {2} IS NOT NULL"
        " AND NOT EXISTS (SELECT 1 FROM {4} AS t WHERE {5}) ON CONFLICT ({1}) DO UPDATE"
        " SET {2} = excluded.{2} WHERE excluded.{2} > b.{2}",
        tombstones_, joined(key_), sequence_, kDeletes, table_, same_key("t", "d"));
}

// Of a winner, w.
std::string MergeSql::no_newer_delete() const {
    return fmt::format(
        "NOT EXISTS (SELECT 1 FROM {0} AS b WHERE {1} AND (w.{2} IS NULL OR b.{2} > w.{2}))",
        tombstones_, same_key("b", "w"), sequence_);
}

std::string MergeSql::update() const {
    auto sql = fmt::format("UPDATE {} AS t SET {} FROM ({}) AS w WHERE {}", table_, joined(values_),
                           winners(), same_key("t", "w"));
    if (has_operation_) sql += " AND w._millrace_operation = 'upsert'";
    if (!has_sequence()) return sql;
    return sql + fmt::format(" AND {0} AND (t.{1} IS NULL OR w.{1} >= t.{1})", no_newer_delete(),
                             sequence_);
}

// After update(), where rows set a part: of keys that are new.
std::string MergeSql::upsert() const {
    std::vector<std::string> conditions;
    if (has_operation_) conditions.emplace_back("_millrace_operation = 'upsert'");
    if (has_sequence()) conditions.push_back(no_newer_delete());
    if (is_part_) {
        conditions.push_back(
            fmt::format("NOT EXISTS (SELECT 1 FROM {} AS k WHERE {})", table_, same_key("k", "w")));
    }
    auto sql =
        fmt::format("INSERT INTO {0} AS t ({1}) SELECT {1} FROM ({2}) AS w{3}{4} ON CONFLICT ({5})",
                    table_, joined(names_), winners(), conditions.empty() ? "" : " WHERE ",
                    joined(conditions, " AND "), joined(key_));
    if (updates_.empty() || only_missing_) return sql + " DO NOTHING";
    sql += fmt::format(" DO UPDATE SET {}", joined(updates_));
    if (!has_sequence()) return sql;
    return sql + fmt::format(" WHERE t.{0} IS NULL OR excluded.{0} >= t.{0}", sequence_);
}

// Nearly always there is none, which the first condition finds out before any row is sorted.
std::string MergeSql::forget_deletes() const {
    return fmt::format(
        "DELETE FROM {0} AS b USING ({1}) AS w WHERE EXISTS (SELECT 1 FROM {0}) AND {2}{3}"
        " AND b.{4} <= w.{4} AND NOT EXISTS (SELECT 1 FROM {5} AS t WHERE {6} AND t.{4} > w.{4})",
        tombstones_, winners(), same_key("b", "w"),
        has_operation_ ? " AND w._millrace_operation = 'upsert'" : "", sequence_, table_,
        same_key("t", "w"));
}

std::string copy_to_table(const TableSpec& table, const SliceShape& shape) {
    std::vector<std::string> names;
    for (const auto column : shape.columns)
        names.push_back(quoted_name(table.columns[column].name));
    return fmt::format("COPY {} ({}) FROM STDIN {}", qualified(table.id), joined(names),
                       copy_options());
}

}  // namespace millrace::postgres
