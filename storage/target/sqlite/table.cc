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
    TRY_ASSIGN(auto query, database.query("SELECT name, type, pk FROM pragma_table_xinfo(?1)"
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
        columns.push_back(std::move(column));
    }
}

std::vector<std::string> differences(const TableSpec& table,
                                     const std::vector<FoundColumn>& found) {
    std::vector<std::string> problems;
    const auto& expected = table.columns;
    const auto same = [&](auto part) {
        return std::equal(expected.begin(), expected.end(), found.begin(), found.end(), part);
    };
    if (!same([](const auto& a, const auto& b) { return a.name == b.name; })) {
        problems.push_back(
            fmt::format("columns of the table \"{}\" do not match expected [{}], found [{}]",
                        table.id.text(), quoted_names(expected), quoted_names(found)));
    }
    const auto expected_key = quoted_names(expected, true), found_key = quoted_names(found, true);
    if (expected_key != found_key) {
        problems.push_back(
            fmt::format("primary key of the table \"{}\" does not match expected [{}], found [{}]",
                        table.id.text(), expected_key, found_key));
    }
    for (const auto& column : found) {
        const auto wanted = std::find_if(expected.begin(), expected.end(), [&](const auto& other) {
            return other.name == column.name;
        });
        if (wanted == expected.end() || keeps(column.type, wanted->data_type)) continue;
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

Result<void> drop_table(Database& database, const TableId& table) {
    return database.execute(fmt::format("DROP TABLE {}", quoted(table.table())));
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
