#include "storage/target/sqlite/bucket_query.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "storage/sqlite/restricted_query.h"
#include "storage/sqlite/value_order.h"
#include "storage/target/sqlite/column_type.h"
#include "storage/target/sqlite/query_text.h"
#include "storage/target/sqlite/table.h"
#include "storage/target/sqlite/table_rows.h"

namespace millrace::target {
namespace {

using sqlite::Database;
using sqlite::RestrictedQuery;
using Kind = QueryProblem::Kind;

// Of the longest value: SQLite's own, as the texts of views, must be shorter.
constexpr std::uint64_t kValueBytesLeast = 256 << 10;
constexpr std::array<std::string_view, 2> kSuffixes = {"_REALTIME", "_OFFLINE"};

std::string lower_case(std::string_view text) {
    std::string lower(text);
    for (auto& c : lower) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return lower;
}

bool is_hidden(std::string_view table) {
    const auto lower = lower_case(table);
    return lower.starts_with("sqlite_") || lower.starts_with("_millrace");
}

Result<std::set<std::string, std::less<>>> tables_of(Database& database) {
    TRY_ASSIGN(auto query, database.query("SELECT name FROM sqlite_schema WHERE type IN"
                                          " ('table', 'view')"));
    std::set<std::string, std::less<>> tables;
    while (true) {
        TRY_ASSIGN(const bool found, query->step());
        if (!found) return tables;
        auto name = query.row().text();
        if (!is_hidden(name)) tables.insert(std::move(name));
    }
}

// The view of the table `table` under the name `name`, in place of one that is there.
Result<void> make_view(Database& database, const std::string& name, const std::string& table,
                       const std::string& columns, RestrictedQuery::Rules& rules) {
    if (!rules.views.insert(name).second) {
        TRY(database.execute(fmt::format("DROP VIEW temp.{}", quoted(name))));
    }
    return database.execute(fmt::format("CREATE TEMP VIEW {} AS SELECT {} FROM main.{}",
                                        quoted(name), columns, quoted(table)));
}

// Makes the other names of tables that the query uses, before anything is refused.
Result<void> make_views(Database& database, const QueryText& text, RestrictedQuery::Rules& rules) {
    for (const auto& name : text.names) {
        for (const auto suffix : kSuffixes) {
            if (!name.ends_with(suffix) || rules.tables.contains(name)) continue;
            const auto table = name.substr(0, name.size() - suffix.size());
            if (!rules.tables.contains(table)) continue;
            TRY(make_view(database, name, table, "*", rules));
        }
    }
    return {};
}

// The columns of a table as SQL, those whose texts mean numbers or times with their order. Empty:
// there are none of those. A view of a user has the order of bytes.
Result<std::string> ordered_columns(Database& database, const std::string& table) {
    TRY_ASSIGN(auto query, database.query("SELECT name, type FROM pragma_table_info(?)", table));
    std::string columns;
    bool has_order = false;
    while (true) {
        TRY_ASSIGN(const bool found, query->step());
        if (!found) return has_order ? columns : std::string();
        auto row = query.row();
        const auto name = quoted(row.text());
        const auto declared = row.text();
        if (!columns.empty()) columns += ", ";
        // A cast to TEXT, because a number that is compared with it becomes a text then.
        if (keeps(declared, DataType::timestamp)) {
            columns +=
                fmt::format("CAST({0} AS TEXT) COLLATE {1} AS {0}", name, sqlite::kTimeOrder);
            has_order = true;
        } else if (keeps(declared, DataType::decimal)) {
            columns +=
                fmt::format("CAST({0} AS TEXT) COLLATE {1} AS {0}", name, sqlite::kDecimalOrder);
            has_order = true;
        } else {
            columns += name;
        }
    }
}

// Puts views in front of the tables that the query uses, which compare what they have by its value.
Result<void> order_by_value(Database& database, const QueryText& text,
                            RestrictedQuery::Rules& rules) {
    for (const auto& table : rules.tables) {
        std::vector<std::string> names;
        for (const auto& name : text.names) {
            const bool is_suffixed = std::ranges::any_of(kSuffixes, [&](std::string_view suffix) {
                return name == table + std::string(suffix) && rules.views.contains(name);
            });
            if (lower_case(name) == lower_case(table)) {
                names.push_back(table);
            } else if (is_suffixed) {
                names.push_back(name);
            }
        }
        if (names.empty()) continue;
        TRY_ASSIGN(const auto columns, ordered_columns(database, table));
        if (columns.empty()) continue;
        std::ranges::sort(names);
        const auto repeated = std::ranges::unique(names);
        names.erase(repeated.begin(), repeated.end());
        for (const auto& name : names) TRY(make_view(database, name, table, columns, rules));
    }
    return {};
}

QueryAnswer refused(Kind kind, std::string text) {
    QueryAnswer answer;
    answer.problem = QueryProblem{.kind = kind, .text = std::move(text)};
    return answer;
}

// What SQLite says of a text that it cannot prepare.
QueryAnswer not_prepared(std::string_view message) {
    constexpr std::string_view kAccess = "access to ";
    constexpr std::string_view kNoTable = "no such table: ";
    constexpr std::string_view kNoColumn = "no such column: ";
    if (message.starts_with(kNoTable)) {
        return refused(Kind::unknown_table, std::string(message.substr(kNoTable.size())));
    }
    if (message.starts_with(kAccess)) {  // "access to _millrace_ledger.x is prohibited"
        auto name = message.substr(kAccess.size());
        name = name.substr(0, name.find(" is prohibited"));
        return refused(Kind::unknown_table, std::string(name.substr(0, name.rfind('.'))));
    }
    if (message.starts_with(kNoColumn)) {
        return refused(Kind::unknown_column, std::string(message.substr(kNoColumn.size())));
    }
    // The second is what SQLite says of tables that compute what they have, such as dbstat.
    if (message.find("not authorized") != std::string_view::npos ||
        message.starts_with("vtable constructor failed")) {
        return refused(Kind::not_allowed, std::string(message));
    }
    return refused(Kind::syntax, std::string(message));
}

QueryAnswer refused(const RestrictedQuery::Problem& problem, const QueryLimits& limits) {
    using Of = RestrictedQuery::Problem::Kind;
    switch (problem.kind) {
        case Of::text:
            return not_prepared(problem.message);
        case Of::time:
            return refused(Kind::time,
                           fmt::format("the query takes more than {} ms", limits.time.count()));
        case Of::stopped:
            return refused(Kind::stopped, "nobody waits for the answer any more");
        case Of::size:
            return refused(Kind::size, problem.message);
        case Of::value:
            return refused(Kind::failed, problem.message);
    }
    return {};
}

std::uint64_t bytes_of(const TableCell& cell) {
    const auto* const text = std::get_if<std::string>(&cell);
    return sizeof(TableCell) + (text == nullptr ? 0 : text->size());
}

bool is_boolean(std::string_view declared) {
    return keeps(declared, DataType::boolean);
}

Result<QueryAnswer> rows_of(RestrictedQuery& query, std::vector<RestrictedQuery::Column> columns,
                            const QueryLimits& limits, std::uint64_t rows_wanted,
                            const std::set<std::string, std::less<>>& tables) {
    QueryAnswer answer;
    std::vector<bool> booleans;
    for (auto& column : columns) {
        booleans.push_back(is_boolean(column.declared));
        answer.columns.push_back({.name = std::move(column.name),
                                  .declared = std::move(column.declared),
                                  .table = tables.contains(column.table) ? column.table : "",
                                  .column = std::move(column.column)});
    }
    std::uint64_t bytes = 0;
    while (answer.rows.size() < rows_wanted) {
        TRY_ASSIGN(const auto step, query.next());
        if (step == RestrictedQuery::Step::end) return answer;
        if (step == RestrictedQuery::Step::problem) return refused(query.problem(), limits);
        if (answer.rows.size() >= limits.rows) {
            return refused(Kind::size, fmt::format("the answer has more than {} rows; add a LIMIT",
                                                   limits.rows));
        }
        auto row = query.row();
        std::vector<TableCell> cells;
        cells.reserve(booleans.size());
        for (const bool boolean : booleans) {
            cells.push_back(read_cell(row, boolean));
            bytes += bytes_of(cells.back());
        }
        answer.rows.push_back(std::move(cells));
        if (bytes > limits.bytes) {
            return refused(Kind::size, fmt::format("the answer is larger than {} bytes; add a "
                                                   "LIMIT or name fewer columns",
                                                   limits.bytes));
        }
    }
    return answer;
}

// The number of a row only grows, so the last one is how many rows a table has at most; of a view
// it is not known.
std::uint64_t rows_in(Database& database, const QueryText& text,
                      const std::set<std::string, std::less<>>& tables) {
    std::uint64_t rows = 0;
    for (const auto& table : tables) {
        const bool is_named = text.names.contains(table) ||
                              std::ranges::any_of(kSuffixes, [&](std::string_view suffix) {
                                  return text.names.contains(table + std::string(suffix));
                              });
        if (!is_named) continue;
        const auto last = database.number(
            fmt::format("SELECT coalesce(max(rowid), 0) FROM main.{}", quoted(table)));
        if (last.ok()) rows += static_cast<std::uint64_t>(last.value());
    }
    return rows;
}

}  // namespace

Result<QueryAnswer> run_query(Database& database, const QueryRequest& request) {
    const auto text = read_query(request.sql);
    if (text.is_torn) return refused(Kind::syntax, "a quoted text or a comment has no end");
    if (text.sql.empty()) return refused(Kind::syntax, "the query is empty");
    const auto& limits = request.limits;
    TRY(database.limit_page_cache(limits.cache_bytes));
    TRY(sqlite::add_value_orders(database));
    RestrictedQuery::Rules rules{
        .tables = {}, .views = {}, .time = limits.time, .is_stopped = request.is_stopped};
    rules.value_bytes_max = static_cast<int>(std::clamp<std::uint64_t>(
        limits.bytes, kValueBytesLeast, static_cast<std::uint64_t>(rules.value_bytes_max)));
    TRY_ASSIGN(rules.tables, tables_of(database));
    TRY(make_views(database, text, rules));
    const auto tables = rules.tables;
    const auto rows = rows_in(database, text, tables);
    const auto all = limits.rows + 1;  // one more is refused
    const auto wanted =
        text.has_limit || request.default_rows == 0 ? all : std::min(request.default_rows, all);
    // Where values come from is only known of the tables themselves.
    std::vector<RestrictedQuery::Column> columns;
    {
        RestrictedQuery plain(database, rules);
        TRY_ASSIGN(const auto problem, plain.prepare(text.sql));
        if (problem) return refused(*problem, limits);
        columns = plain.columns();
    }
    TRY(order_by_value(database, text, rules));
    RestrictedQuery query(database, std::move(rules));
    TRY_ASSIGN(const auto problem, query.prepare(text.sql));
    if (problem) return refused(*problem, limits);
    TRY_ASSIGN(auto answer, rows_of(query, std::move(columns), limits, wanted, tables));
    answer.rows_in_tables = rows;
    return answer;
}

}  // namespace millrace::target
