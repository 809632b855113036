#include "storage/target/postgres/pg_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <string>

#include "core/model/data_type.h"
#include "storage/target/postgres/names.h"
#include "storage/target/postgres/pg_table.h"

namespace millrace::postgres {
namespace {

// An answer is whole in memory, so rows are fetched a few at a time until it is known how long they
// are.
constexpr std::size_t kFirstFetch = 8;

// Where a row lies: the partition, which is the table itself where there are none, and the place.
struct Place {
    std::uint32_t table = 0;
    std::uint32_t block = 0;
    std::uint32_t item = 0;

    std::string next() const { return fmt::format("{}-{}-{}", table, block, item); }
};

// "(12,3)" or "12-3": the numbers in it.
template <std::size_t Count>
std::optional<std::array<std::uint32_t, Count>> numbers_in(std::string_view text) {
    std::array<std::uint32_t, Count> numbers{};
    for (std::size_t i = 0; i < Count; ++i) {
        const auto read = std::from_chars(text.data(), text.data() + text.size(), numbers[i]);
        if (read.ec != std::errc()) return std::nullopt;
        text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()));
        const bool is_last = i + 1 == Count;
        if (is_last) break;
        if (text.empty()) return std::nullopt;
        text.remove_prefix(1);
    }
    if (!text.empty()) return std::nullopt;
    return numbers;
}

Result<std::optional<Place>> place_behind(const RowsQuery& query) {
    if (query.after.empty()) return std::optional<Place>();
    const auto numbers = numbers_in<3>(query.after);
    if (numbers && Place{(*numbers)[0], (*numbers)[1], (*numbers)[2]}.next() == query.after) {
        return std::optional(Place{(*numbers)[0], (*numbers)[1], (*numbers)[2]});
    }
    return Error(Code::invalid, "\"after\" is not what a page of this table has as \"next\"");
}

Result<Place> place_of(const Rows& rows, std::size_t row) {
    auto tuple = rows.text(row, 1);
    if (tuple.size() > 2) tuple = tuple.substr(1, tuple.size() - 2);
    const auto table = numbers_in<1>(rows.text(row, 0));
    const auto place = numbers_in<2>(tuple);
    if (!table || !place) return Error(Code::internal, "PostgreSQL gave a row without a place");
    return Place{(*table)[0], (*place)[0], (*place)[1]};
}

// The value as text.
std::string expression_of(const FoundColumn& column) {
    const auto name = quoted_name(column.name);
    if (column.type != "timestamp with time zone") return fmt::format("{}::text", name);
    return fmt::format(
        "CASE WHEN isfinite({0}) THEN to_char({0} AT TIME ZONE 'UTC', "
        "'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') ELSE {0}::text END",
        name);
}

TableCell cell_of(std::string_view type, std::string_view text) {
    if (type == "boolean") return text == "true";
    if (type == "bigint" || type == "integer" || type == "smallint") {
        if (const auto number = parse_integer(text)) return *number;
    }
    if (type == "double precision" || type == "real") {
        // NaN and the infinities are no numbers of JSON.
        const auto number = parse_double(text);
        if (number && std::isfinite(*number)) return *number;
    }
    return std::string(text);
}

Result<bool> is_partitioned(Connection& connection, const TableId& table) {
    TRY_ASSIGN(const auto rows,
               connection.run("SELECT c.relkind = 'p' FROM pg_class c JOIN pg_namespace n"
                              " ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2",
                              {std::string(table.bucket()), std::string(table.table())}));
    return rows.size() > 0 && rows.boolean(0, 0);
}

std::string select_of(const RowsQuery& query, const std::vector<FoundColumn>& columns,
                      const std::optional<Place>& after, bool has_partitions) {
    // With names of their own: ORDER BY would sort by the texts.
    std::string sql = "SELECT tableoid::text AS part, ctid::text AS place";
    for (const auto& column : columns) sql += ", " + expression_of(column);
    sql += fmt::format(" FROM {}", qualified(query.table));
    if (!has_partitions) {
        // A scan from a place on gives rows in the order of places; asked to sort them, PostgreSQL
        // would sort all that follow for each page.
        const auto from = after.value_or(Place{});
        return sql + fmt::format(" WHERE ctid > '({},{})'::tid", from.block, from.item);
    }
    if (after) {
        sql += fmt::format(" WHERE (tableoid, ctid) > ({}::oid, '({},{})'::tid)", after->table,
                           after->block, after->item);
    }
    return sql + " ORDER BY tableoid, ctid";
}

Result<std::optional<std::uint64_t>> count_rows(Connection& connection, const RowsQuery& query) {
    if (query.count_max == 0) return std::optional<std::uint64_t>();
    TRY_ASSIGN(const auto rows,
               connection.run(fmt::format("SELECT count(*)::text FROM (SELECT 1 FROM {} LIMIT {})"
                                          " AS counted",
                                          qualified(query.table), query.count_max)));
    const auto count = rows.size() == 1 ? parse_integer(rows.text(0, 0)) : std::nullopt;
    if (!count) return Error(Code::internal, "PostgreSQL gave no count");
    return std::optional(static_cast<std::uint64_t>(*count));
}

// The rows of one page, fetched from a cursor.
class PageReader {
public:
    PageReader(Connection& connection, const RowsQuery& query,
               const std::vector<FoundColumn>& columns)
        : connection_(connection), query_(query), columns_(columns) {
        for (const auto& column : columns) page_.columns.push_back(column.name);
    }

    Result<RowsPage> read() {
        while (true) {
            const auto wanted = next_fetch();
            TRY_ASSIGN(const auto rows,
                       connection_.run(fmt::format("FETCH {} FROM millrace_rows", wanted)));
            for (std::size_t row = 0; row < rows.size(); ++row) {
                if (is_full()) {
                    page_.next = last_.next();
                    return std::move(page_);
                }
                TRY_ASSIGN(last_, place_of(rows, row));
                add(rows, row);
            }
            if (rows.size() < wanted) return std::move(page_);
        }
    }

private:
    bool is_full() const {
        return page_.rows.size() == query_.rows_max || bytes_ > query_.bytes_max;
    }

    // One more than fits, to know whether there is one.
    std::size_t next_fetch() const {
        const auto had = page_.rows.size();
        const auto left = query_.rows_max - had + 1;
        if (had == 0) return std::min(left, kFirstFetch);
        const auto each = std::max<std::uint64_t>(bytes_ / had, 1);
        const auto bytes_left = query_.bytes_max - std::min(bytes_, query_.bytes_max);
        return std::min<std::size_t>(left, static_cast<std::size_t>(bytes_left / each) + 1);
    }

    void add(const Rows& rows, std::size_t row) {
        auto& cells = page_.rows.emplace_back();
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            const int column = static_cast<int>(i) + 2;
            if (rows.is_null(row, column)) {
                cells.emplace_back();
                bytes_ += sizeof(TableCell);
                continue;
            }
            const auto text = rows.text(row, column);
            bytes_ += std::max(text.size(), sizeof(TableCell));
            cells.push_back(cell_of(columns_[i].type, text));
        }
    }

    Connection& connection_;
    const RowsQuery& query_;
    const std::vector<FoundColumn>& columns_;
    RowsPage page_;
    Place last_;
    std::uint64_t bytes_ = 0;
};

}  // namespace

Result<RowsPage> read_rows(Connection& connection, const RowsQuery& query) {
    const auto& table = query.table;
    if (query.newest_first) {
        return Error(Code::invalid,
                     "the rows of a table in PostgreSQL are in no order that tells the newest");
    }
    TRY_ASSIGN(const auto after, place_behind(query));
    TRY(connection.run("BEGIN READ ONLY"));
    // A scan of the whole table may begin in its middle, where another one is just then.
    TRY(
        connection.run("SELECT set_config('enable_seqscan', 'off', true),"
                       " set_config('synchronize_seqscans', 'off', true)"));
    TRY_ASSIGN(const auto found, find_table(connection, table.bucket(), table.table()));
    if (found == Found::nothing) {
        return Error(Code::not_found, fmt::format("there is no table \"{}\"", table.text()));
    }
    TRY_ASSIGN(const auto columns, columns_of(connection, table.bucket(), table.table()));
    TRY_ASSIGN(const bool has_partitions, is_partitioned(connection, table));
    TRY(connection.run(fmt::format("DECLARE millrace_rows NO SCROLL CURSOR FOR {}",
                                   select_of(query, columns, after, has_partitions))));
    TRY_ASSIGN(auto page, PageReader(connection, query, columns).read());
    TRY_ASSIGN(page.total, count_rows(connection, query));
    return page;
}

}  // namespace millrace::postgres
