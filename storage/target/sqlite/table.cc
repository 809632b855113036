#include "storage/target/sqlite/table.h"

#include <algorithm>

#include "storage/target/sqlite/column_type.h"

namespace millrace::target {
namespace {

using sqlite::Database;

struct FoundColumn {
    std::string name;
    std::string type;
    bool primary_key = false;
    bool is_required = false;   // NOT NULL without a default
    bool is_generated = false;  // SQLite makes its values
};

std::string lower_case(std::string_view text) {
    std::string lower(text);
    for (auto& c : lower) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return lower;
}

template <typename Columns>
std::string quoted_names(const Columns& columns, bool primary_key_only = false) {
    std::string text;
    for (const auto& column : columns) {
        if (primary_key_only && !column.primary_key) continue;
        if (!text.empty()) text += ", ";
        text += quoted(column.name);
    }
    return text;
}

bool is_reserved(std::string_view name) {
    const auto lower = lower_case(name);
    return lower.starts_with("sqlite_") || lower.starts_with("_millrace");
}

Result<std::vector<FoundColumn>> found_columns(Database& database, const TableSpec& table) {
    TRY_ASSIGN(auto query,
               database.query("SELECT name, type, pk, \"notnull\" AND dflt_value IS NULL"
                              " AND NOT hidden, hidden IN (2, 3) FROM pragma_table_xinfo(?1)"
                              " ORDER BY cid",
                              table.id.table()));
    std::vector<FoundColumn> columns;
    while (true) {
        TRY_ASSIGN(const bool found, query->step());
        if (!found) return columns;
        auto row = query.row();
        FoundColumn column;
        column.name = row.text();
        column.type = row.text();
        column.primary_key = row.boolean();
        column.is_required = row.boolean();
        column.is_generated = row.boolean();
        columns.push_back(std::move(column));
    }
}

template <typename Columns>
auto find_column(const Columns& columns, std::string_view name) {
    return std::find_if(columns.begin(), columns.end(),
                        [&](const auto& column) { return column.name == name; });
}

// Why not every column of the table gets its value, by name; empty: each does. Others may have been
// added behind.
std::vector<std::string> unfilled(const TableSpec& table, const std::vector<FoundColumn>& found) {
    std::vector<std::string> reasons;
    for (const auto& column : table.columns) {
        if (find_column(found, column.name) != found.end()) continue;
        const auto lower = lower_case(column.name);
        const auto other = std::ranges::find_if(
            found, [&](const FoundColumn& one) { return lower_case(one.name) == lower; });
        reasons.push_back(
            other == found.end()
                ? fmt::format("{} is missing", quoted(column.name))
                : fmt::format("{} is there as {}", quoted(column.name), quoted(other->name)));
    }
    for (const auto& column : found) {
        if (!column.is_required) continue;
        if (find_column(table.columns, column.name) != table.columns.end()) continue;
        reasons.push_back(
            fmt::format("{} is NOT NULL without a default, and the sink has no such column",
                        quoted(column.name)));
    }
    return reasons;
}

template <typename Columns>
std::vector<std::string> sorted_key(const Columns& columns) {
    std::vector<std::string> names;
    for (const auto& column : columns) {
        if (column.primary_key) names.push_back(column.name);
    }
    std::sort(names.begin(), names.end());
    return names;
}

std::vector<std::string> differences(const TableSpec& table,
                                     const std::vector<FoundColumn>& found) {
    std::vector<std::string> problems;
    const auto& expected = table.columns;
    if (const auto reasons = unfilled(table, found); !reasons.empty()) {
        problems.push_back(
            fmt::format("columns of the table \"{}\" do not match expected [{}], found [{}]: {}",
                        table.id.text(), quoted_names(expected), quoted_names(found),
                        fmt::join(reasons, ", ")));
    }
    if (sorted_key(expected) != sorted_key(found)) {
        problems.push_back(
            fmt::format("primary key of the table \"{}\" does not match expected [{}], found [{}]",
                        table.id.text(), quoted_names(expected, true), quoted_names(found, true)));
    }
    for (const auto& column : found) {
        const auto wanted = find_column(expected, column.name);
        if (wanted == expected.end()) continue;
        if (column.is_generated) {
            problems.push_back(
                fmt::format("the column \"{}\" of the table \"{}\" is generated, and cannot be set",
                            column.name, table.id.text()));
            continue;
        }
        if (keeps(column.type, wanted->data_type)) continue;
        problems.push_back(fmt::format(
            "column \"{}\" of the table \"{}\" has the type {}, expected {} for the dataType {}",
            column.name, table.id.text(), column.type.empty() ? "(none)" : column.type,
            declared_as(wanted->data_type), to_string(wanted->data_type)));
    }
    return problems;
}

}  // namespace

std::string quoted(std::string_view name) {
    std::string text = "\"";
    for (const char c : name) {
        if (c == '"') text.push_back('"');
        text.push_back(c);
    }
    return text + '"';
}

Result<void> check_names(const TableSpec& table) {
    if (is_reserved(table.id.table())) {
        return Error(Code::invalid,
                     fmt::format("the table name \"{}\" is reserved", table.id.text()));
    }
    for (const auto& column : table.columns) {
        if (column.name.empty() || is_reserved(column.name) ||
            column.name.find('\0') != std::string::npos) {
            return Error(Code::invalid,
                         fmt::format("the column name \"{}\" of the table \"{}\" cannot "
                                     "be used",
                                     column.name, table.id.text()));
        }
    }
    return {};
}

Result<bool> table_exists(Database& database, const TableSpec& table) {
    TRY_ASSIGN(auto query,
               database.query("SELECT name, type FROM sqlite_schema WHERE name = ?1 COLLATE NOCASE"
                              " AND type IN ('table', 'view')",
                              table.id.table()));
    TRY_ASSIGN(const bool found, query->step());
    if (!found) return false;
    auto row = query.row();
    const auto name = row.text();
    if (row.text() == "view") {
        return Error(Code::conflict, fmt::format("\"{}\" is a view, not a table", table.id.text()));
    }
    if (name != table.id.table()) {
        return Error(Code::conflict,
                     fmt::format("the table \"{}\" differs only by case from the table \"{}.{}\", "
                                 "which exists",
                                 table.id.text(), table.id.bucket(), name));
    }
    return true;
}

Result<void> create_table(Database& database, const TableSpec& table) {
    std::string definitions;
    for (const auto& column : table.columns) {
        if (!definitions.empty()) definitions += ", ";
        definitions += fmt::format("{} {}{}", quoted(column.name), declared_as(column.data_type),
                                   column.primary_key ? " NOT NULL" : "");
    }
    const auto key = quoted_names(table.columns, true);
    if (!key.empty()) definitions += fmt::format(", PRIMARY KEY ({})", key);
    return database.execute(
        fmt::format("CREATE TABLE {} ({})", quoted(table.id.table()), definitions));
}

Result<void> add_missing_columns(Database& database, const TableSpec& table) {
    TRY_ASSIGN(const auto found, found_columns(database, table));
    for (const auto& column : table.columns) {
        const auto lower = lower_case(column.name);
        const bool is_there = std::any_of(found.begin(), found.end(), [&](const auto& other) {
            return lower_case(other.name) == lower;
        });
        if (is_there || column.primary_key) continue;
        auto added = database.execute(fmt::format("ALTER TABLE {} ADD COLUMN {} {}",
                                                  quoted(table.id.table()), quoted(column.name),
                                                  declared_as(column.data_type)));
        if (added.ok()) continue;
        if (added.error().code() == Code::unavailable) return added;
        return Error(Code::conflict,
                     fmt::format("column \"{}\" cannot be added to the table \"{}\": {}",
                                 column.name, table.id.text(), added.error().operator_text()));
    }
    return {};
}

Result<void> drop_table(Database& database, const TableId& table) {
    return database.execute(fmt::format("DROP TABLE {}", quoted(table.table())));
}

Result<bool> is_strict(Database& database, const TableId& table) {
    TRY_ASSIGN(const auto count, database.number("SELECT count(*) FROM pragma_table_list(?1)"
                                                 " WHERE schema = 'main' AND strict",
                                                 table.table()));
    return count > 0;
}

Result<bool> has_rows(Database& database, const TableId& table) {
    TRY_ASSIGN(const auto found, database.number(fmt::format("SELECT EXISTS (SELECT 1 FROM {})",
                                                             quoted(table.table()))));
    return found != 0;
}

Result<bool> has_only_import_log(Database& database) {
    TRY_ASSIGN(const auto others, database.number("SELECT count(*) FROM sqlite_schema"
                                                  " WHERE tbl_name <> '_millrace_ledger'"
                                                  " AND substr(tbl_name, 1, ?1) <> ?2",
                                                  kTombstonesPrefix.size(), kTombstonesPrefix));
    return others == 0;
}

Result<void> compare_table(Database& database, const TableSpec& table) {
    TRY_ASSIGN(const auto found, found_columns(database, table));
    const auto problems = differences(table, found);
    if (problems.empty()) return {};
    if (problems.size() == 1) return Error(Code::conflict, problems.front());
    return Error(Code::conflict, fmt::format("- {}", fmt::join(problems, "\n- ")));
}

}  // namespace millrace::target
