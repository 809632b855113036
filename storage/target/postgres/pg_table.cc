#include "storage/target/postgres/pg_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "storage/target/postgres/names.h"
#include "storage/target/postgres/pg_column_type.h"

namespace millrace::postgres {
namespace {

std::string_view noun_of(std::string_view kind) {
    if (kind == "v") return "a view";
    if (kind == "m") return "a materialized view";
    if (kind == "f") return "a foreign table";
    if (kind == "S") return "a sequence";
    if (kind == "i" || kind == "I") return "an index";
    return "a type";
}

template <typename Columns>
std::vector<std::string_view> key_of(const Columns& columns) {
    std::vector<std::string_view> names;
    for (const auto& column : columns) {
        if (column.primary_key) names.push_back(column.name);
    }
    std::ranges::sort(names);
    return names;
}

bool has_column(const TableSpec& table, std::string_view name) {
    return std::ranges::any_of(table.columns, [&](const auto& one) { return one.name == name; });
}

// A table whose rows we only add may have a key of its own, such as a number that counts up.
bool is_key_of_others(const TableSpec& table, const std::vector<std::string_view>& found) {
    return std::ranges::none_of(found, [&](auto name) { return has_column(table, name); });
}

std::string list(const std::vector<std::string_view>& names) {
    std::string text;
    for (const auto name : names)
        text += fmt::format("{}{}", text.empty() ? "" : ", ", quoted_name(name));
    return text.empty() ? "no columns" : text;
}

// What keeps a value of the column out; nothing if it fits.
std::string difference(const TableColumn& wanted, const std::vector<FoundColumn>& found) {
    const auto column =
        std::ranges::find_if(found, [&](const auto& one) { return one.name == wanted.name; });
    if (column == found.end()) {
        return fmt::format("the column \"{}\" ({}) is missing", wanted.name,
                           declared_as(wanted.data_type));
    }
    if (column->is_generated) {
        return fmt::format("the column \"{}\" is generated, and cannot be set", wanted.name);
    }
    if (!keeps(column->type, wanted.data_type)) {
        return fmt::format("the column \"{}\" has the type {}, expected {} for the dataType {}",
                           wanted.name, column->type, declared_as(wanted.data_type),
                           to_string(wanted.data_type));
    }
    return {};
}

}  // namespace

Result<Found> find_table(Connection& connection, std::string_view schema, std::string_view table) {
    TRY_ASSIGN(const auto rows,
               connection.run("SELECT c.relkind FROM pg_class c JOIN pg_namespace n"
                              " ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2",
                              {std::string(schema), std::string(table)}));
    if (rows.size() == 0) return Found::nothing;
    const auto kind = rows.text(0, 0);
    if (kind == "r" || kind == "p") return Found::table;
    return Error(Code::conflict,
                 fmt::format("\"{}.{}\" is {}, not a table; rename it, or name another "
                             "table in the sink",
                             schema, table, noun_of(kind)));
}

Result<std::vector<FoundColumn>> columns_of(Connection& connection, std::string_view schema,
                                            std::string_view table) {
    TRY_ASSIGN(
        const auto rows,
        connection.run(
            "SELECT a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,"
            " a.atthasdef OR a.attidentity <> '', a.attgenerated <> '' OR a.attidentity = 'a',"
            " EXISTS (SELECT 1 FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary"
            "  AND a.attnum = ANY (i.indkey))"
            " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " JOIN pg_attribute a ON a.attrelid = c.oid"
            " WHERE n.nspname = $1 AND c.relname = $2 AND a.attnum > 0 AND NOT a.attisdropped"
            " ORDER BY a.attnum",
            {std::string(schema), std::string(table)}));
    std::vector<FoundColumn> columns;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        columns.push_back({.name = std::string(rows.text(i, 0)),
                           .type = std::string(rows.text(i, 1)),
                           .primary_key = rows.boolean(i, 5),
                           .not_null = rows.boolean(i, 2),
                           .has_default = rows.boolean(i, 3),
                           .is_generated = rows.boolean(i, 4)});
    }
    return columns;
}

std::vector<std::string> differences(const TableSpec& table,
                                     const std::vector<FoundColumn>& found) {
    std::vector<std::string> problems;
    for (const auto& column : table.columns) {
        if (auto problem = difference(column, found); !problem.empty()) {
            problems.push_back(std::move(problem));
        }
    }
    for (const auto& column : found) {
        if (has_column(table, column.name) || !column.not_null || column.has_default) continue;
        problems.push_back(
            fmt::format("the column \"{}\", which the sink does not have, is NOT NULL "
                        "without a default",
                        column.name));
    }
    const auto wanted_key = key_of(table.columns), found_key = key_of(found);
    if (wanted_key != found_key && !(wanted_key.empty() && is_key_of_others(table, found_key))) {
        problems.push_back(
            fmt::format("the primary key is {}, expected {}", list(found_key), list(wanted_key)));
    }
    return problems;
}

Result<void> compare_table(Connection& connection, const TableSpec& table) {
    TRY_ASSIGN(const auto found, columns_of(connection, table.id.bucket(), table.id.table()));
    const auto problems = differences(table, found);
    if (problems.empty()) return {};
    return Error(Code::conflict, fmt::format("the table \"{}\" is not as the sink says: {}",
                                             table.id.text(), fmt::join(problems, "; ")));
}

std::string create_table_sql(const TableSpec& table) {
    std::string definitions;
    std::string key;
    for (const auto& column : table.columns) {
        const auto name = quoted_name(column.name);
        definitions += fmt::format("{}{} {}", definitions.empty() ? "" : ", ", name,
                                   declared_as(column.data_type));
        if (column.primary_key) key += (key.empty() ? "" : ", ") + name;
    }
    if (!key.empty()) definitions += fmt::format(", PRIMARY KEY ({})", key);
    return fmt::format("CREATE TABLE {} ({})", qualified(table.id), definitions);
}

std::string add_columns_sql(const TableSpec& table, const std::vector<FoundColumn>& found) {
    std::vector<std::string> added;
    for (const auto& column : table.columns) {
        const bool is_there =
            std::any_of(found.begin(), found.end(),
                        [&](const FoundColumn& known) { return known.name == column.name; });
        if (is_there || column.primary_key) continue;
        added.push_back(fmt::format("ADD COLUMN {} {}", quoted_name(column.name),
                                    declared_as(column.data_type)));
    }
    if (added.empty()) return {};
    return fmt::format("ALTER TABLE {} {}", qualified(table.id), fmt::join(added, ", "));
}

}  // namespace millrace::postgres
