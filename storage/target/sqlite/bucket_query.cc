#include "storage/target/sqlite/bucket_query.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "storage/sqlite/restricted_query.h"
#include "storage/target/sqlite/column_type.h"
#include "storage/target/sqlite/query_text.h"
#include "storage/target/sqlite/table.h"
#include "storage/target/sqlite/table_rows.h"

namespace millrace::target {
namespace {

using sqlite::Database;
using sqlite::RestrictedQuery;
using Kind = QueryProblem::Kind;

constexpr std::array<std::string_view, 2> kSuffixes = {"_REALTIME", "_OFFLINE"};

bool is_hidden(std::string_view table) {
    std::string lower(table);
    for (auto& c : lower) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
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

// Makes the other names of tables that the query uses, before anything is refused.
Result<void> make_views(Database& database, const QueryText& text, RestrictedQuery::Rules& rules) {
    for (const auto& name : text.names) {
        for (const auto suffix : kSuffixes) {
            if (!name.ends_with(suffix) || rules.tables.contains(name)) continue;
            const auto table = name.substr(0, name.size() - suffix.size());
            if (!rules.tables.contains(table)) continue;
            TRY(database.execute(fmt::format("CREATE TEMP VIEW {} AS SELECT * FROM main.{}",
                                             quoted(name), quoted(table))));
            rules.views.insert(name);
        }
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

Result<QueryAnswer> rows_of(RestrictedQuery& query, const QueryLimits& limits,
                            std::uint64_t rows_wanted,
                            const std::set<std::string, std::less<>>& tables) {
    QueryAnswer answer;
    std::vector<bool> booleans;
    for (auto& column : query.columns()) {
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
    RestrictedQuery::Rules rules{.tables = {}, .views = {}, .time = limits.time};
    TRY_ASSIGN(rules.tables, tables_of(database));
    TRY(make_views(database, text, rules));
    const auto tables = rules.tables;
    const auto rows = rows_in(database, text, tables);
    const auto all = limits.rows + 1;  // one more is refused
    const auto wanted =
        text.has_limit || request.default_rows == 0 ? all : std::min(request.default_rows, all);
    RestrictedQuery query(database, std::move(rules));
    TRY_ASSIGN(const auto problem, query.prepare(text.sql));
    if (problem) return refused(*problem, limits);
    TRY_ASSIGN(auto answer, rows_of(query, limits, wanted, tables));
    answer.rows_in_tables = rows;
    return answer;
}

}  // namespace millrace::target
