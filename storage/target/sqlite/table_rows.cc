#include "storage/target/sqlite/table_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>

#include "core/model/data_type.h"
#include "storage/target/sqlite/column_type.h"
#include "storage/target/sqlite/table.h"

namespace millrace::target {
namespace {

using sqlite::Database;
using sqlite::Row;
using sqlite::ValueKind;

constexpr char kByRowid = 'r';  // what `next` begins with
constexpr char kByCount = 'c';
constexpr char kDownward = 'd';  // by rowid, the highest first

struct ShownColumn {
    std::string name;
    bool is_boolean = false;
};

bool is_same_name(std::string_view a, std::string_view b) {
    const auto lower = [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    };
    return std::ranges::equal(a, b, {}, lower, lower);
}

// Generated ones too.
Result<std::vector<ShownColumn>> shown_columns(Database& database, const TableId& table) {
    TRY_ASSIGN(auto query, database.query("SELECT name, type FROM pragma_table_xinfo(?1)"
                                          " WHERE hidden <> 1 ORDER BY cid",
                                          table.table()));
    std::vector<ShownColumn> columns;
    while (true) {
        TRY_ASSIGN(const bool found, query->step());
        if (!found) return columns;
        auto row = query.row();
        ShownColumn column{.name = row.text()};
        column.is_boolean = is_same_name(row.text(), declared_as(DataType::boolean));
        columns.push_back(std::move(column));
    }
}

// The name of the rowid that no column has taken, if the table has rowids.
Result<std::optional<std::string>> rowid_of(Database& database, const TableId& table,
                                            const std::vector<ShownColumn>& columns) {
    TRY_ASSIGN(const auto is_without, database.number("SELECT count(*) FROM pragma_table_list(?1)"
                                                      " WHERE schema = 'main' AND wr",
                                                      table.table()));
    if (is_without != 0) return std::optional<std::string>();
    for (const auto* const name : {"rowid", "_rowid_", "oid"}) {
        const auto taken = [&](const ShownColumn& column) {
            return is_same_name(column.name, name);
        };
        if (std::ranges::none_of(columns, taken)) return std::optional<std::string>(name);
    }
    return std::optional<std::string>();
}

Result<std::int64_t> number_behind(const RowsQuery& query, char kind, std::int64_t first) {
    if (query.after.empty()) return first;
    std::int64_t number = 0;
    const auto* const end = query.after.data() + query.after.size();
    const auto read = std::from_chars(query.after.data() + 1, end, number);
    if (query.after.front() == kind && read.ec == std::errc() && read.ptr == end) return number;
    return Error(Code::invalid, "\"after\" is not what a page of this table has as \"next\"");
}

Result<std::optional<std::uint64_t>> count_rows(Database& database, const RowsQuery& query) {
    if (query.count_max == 0) return std::optional<std::uint64_t>();
    TRY_ASSIGN(auto statement,
               database.prepare(fmt::format("SELECT count(*) FROM (SELECT 1 FROM {} LIMIT {})",
                                            quoted(query.table.table()), query.count_max)));
    TRY(statement.step());
    return std::optional(Row(statement).unsigned_integer());
}

std::uint64_t bytes_of(const TableCell& cell) {
    const auto* const text = std::get_if<std::string>(&cell);
    return text == nullptr ? sizeof cell : text->size();
}

}  // namespace

TableCell read_cell(Row& row, bool is_boolean) {
    switch (row.next_kind()) {
        case ValueKind::null:
            row.skip();
            return std::monostate();
        case ValueKind::integer: {
            const auto number = row.integer();
            if (is_boolean && (number == 0 || number == 1)) return number == 1;
            return number;
        }
        case ValueKind::real:
            return row.real();
        case ValueKind::text:
        case ValueKind::blob:
            return row.text();
    }
    return std::monostate();
}

Result<RowsPage> read_rows(Database& database, const RowsQuery& query) {
    TRY_ASSIGN(const auto columns, shown_columns(database, query.table));
    TRY_ASSIGN(const auto rowid, rowid_of(database, query.table, columns));
    if (!rowid && query.newest_first) {
        return Error(Code::invalid, "the rows of this table are in no order that tells the newest");
    }
    const char kind = !rowid ? kByCount : query.newest_first ? kDownward : kByRowid;
    // The first page has no bound: the least rowid is one too.
    TRY_ASSIGN(auto position, number_behind(query, kind, 0));

    RowsPage page;
    TRY_ASSIGN(page.total, count_rows(database, query));
    auto select = fmt::format("SELECT {}", rowid.value_or("0"));
    for (const auto& column : columns) {
        select += fmt::format(", {}", quoted(column.name));
        page.columns.push_back(column.name);
    }
    select += fmt::format(" FROM {}", quoted(query.table.table()));
    if (rowid) {
        const auto* const beyond = query.newest_first ? "<" : ">";
        if (!query.after.empty()) {
            select += fmt::format(" WHERE {} {} {}", *rowid, beyond, position);
        }
        select += fmt::format(" ORDER BY {}{}", *rowid, query.newest_first ? " DESC" : "");
    } else {
        select += fmt::format(" LIMIT -1 OFFSET {}", position);
    }

    TRY_ASSIGN(auto statement, database.prepare(select));
    std::uint64_t bytes = 0;
    while (true) {
        TRY_ASSIGN(const bool found, statement.step());
        if (!found) return page;
        if (page.rows.size() == query.rows_max || bytes > query.bytes_max) break;
        Row row(statement);
        const auto id = row.integer();
        position = rowid ? id : position + 1;
        auto& cells = page.rows.emplace_back();
        for (const auto& column : columns) {
            bytes += bytes_of(cells.emplace_back(read_cell(row, column.is_boolean)));
        }
    }
    page.next = fmt::format("{}{}", kind, position);
    return page;
}

}  // namespace millrace::target
