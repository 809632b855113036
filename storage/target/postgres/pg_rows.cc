#include "storage/target/postgres/pg_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <optional>
#include <string>
#include <utility>

#include "core/model/data_type.h"
#include "storage/target/postgres/names.h"
#include "storage/target/postgres/pg_table.h"

namespace millrace::postgres {
namespace {

// An answer is whole in memory, so rows are fetched a few at a time until it is known how long they
// are.
constexpr std::size_t kFirstFetch = 8;

constexpr std::chrono::milliseconds kNewestTimeout{10'000};

// In which order rows come; the value is the first letter of `next`.
enum class Order : char {
    by_place = 0,        // no letter
    from_the_end = 'd',  // by place, the last first
    by_writing = 'w',    // by the transaction that wrote the row, the last first
};

// Where a row lies: the partition, which is the table itself where there are none, and the place.
struct Place {
    std::uint32_t table = 0;
    std::uint32_t block = 0;
    std::uint32_t item = 0;
    std::uint32_t writer = 0;  // the transaction; of by_writing only

    std::string next(Order order) const {
        const auto place = fmt::format("{}-{}-{}", table, block, item);
        switch (order) {
            case Order::by_place:
                break;
            case Order::from_the_end:
                return "d" + place;
            case Order::by_writing:
                return fmt::format("w{}-{}", place, writer);
        }
        return place;
    }
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

constexpr std::uint32_t kItemMax = 0xffff;  // of a block

std::optional<Place> parse_place(std::string_view text, Order order) {
    if (order == Order::by_place) {
        const auto numbers = numbers_in<3>(text);
        if (!numbers || (*numbers)[2] > kItemMax) return std::nullopt;
        return Place{.table = (*numbers)[0], .block = (*numbers)[1], .item = (*numbers)[2]};
    }
    if (!text.starts_with(static_cast<char>(order))) return std::nullopt;
    text.remove_prefix(1);
    if (order == Order::from_the_end) return parse_place(text, Order::by_place);
    const auto numbers = numbers_in<4>(text);
    if (!numbers || (*numbers)[2] > kItemMax) return std::nullopt;
    return Place{.table = (*numbers)[0],
                 .block = (*numbers)[1],
                 .item = (*numbers)[2],
                 .writer = (*numbers)[3]};
}

Result<std::optional<Place>> place_behind(const RowsQuery& query, Order order) {
    if (query.after.empty()) return std::optional<Place>();
    const auto place = parse_place(query.after, order);
    if (place && place->next(order) == query.after) return place;
    return Error(Code::invalid,
                 "\"after\" is not what a page of this table and order has as \"next\"");
}

// Each row begins with the table, the place, and the transaction that wrote it.
constexpr std::string_view kPlaceColumns =
    "tableoid::text AS part, ctid::text AS place, xmin::text";
constexpr int kPlaceColumnCount = 3;

Result<Place> place_of(const Rows& rows, std::size_t row) {
    auto tuple = rows.text(row, 1);
    if (tuple.size() > 2) tuple = tuple.substr(1, tuple.size() - 2);
    const auto table = numbers_in<1>(rows.text(row, 0));
    const auto place = numbers_in<2>(tuple);
    const auto writer = numbers_in<1>(rows.text(row, 2));
    if (!table || !place || !writer) {
        return Error(Code::internal, "PostgreSQL gave a row without a place");
    }
    return Place{
        .table = (*table)[0], .block = (*place)[0], .item = (*place)[1], .writer = (*writer)[0]};
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

// All columns of the table, behind the place. With names of their own: ORDER BY would sort by the
// texts.
std::string select_from(const RowsQuery& query, const std::vector<FoundColumn>& columns) {
    std::string sql = fmt::format("SELECT {}", kPlaceColumns);
    for (const auto& column : columns) sql += ", " + expression_of(column);
    return sql + fmt::format(" FROM {}", qualified(query.table));
}

std::string tid_of(const Place& place) {
    return fmt::format("'({},{})'::tid", place.block, place.item);
}

std::string places_onwards(const std::optional<Place>& after, bool has_partitions) {
    // A scan from a place on gives rows in the order of places; asked to sort them, PostgreSQL
    // would sort all that follow for each page.
    if (!has_partitions) return fmt::format(" WHERE ctid > {}", tid_of(after.value_or(Place{})));
    std::string sql;
    if (after) {
        sql = fmt::format(" WHERE (tableoid, ctid) > ({}::oid, {})", after->table, tid_of(*after));
    }
    return sql + " ORDER BY tableoid, ctid";
}

// The age of a transaction counts down to now, over the end of their numbers.
std::string writings_backwards(const std::optional<Place>& after, std::size_t limit) {
    std::string sql;
    if (after) {
        const auto age = fmt::format("age('{}'::xid)", after->writer);
        sql = fmt::format(
            " WHERE age(xmin) > {0} OR (age(xmin) = {0} AND (tableoid, ctid) < ({1}::oid, {2}))",
            age, after->table, tid_of(*after));
    }
    // With a limit the rows that count are picked in one scan, and the others are not sorted.
    return sql + fmt::format(" ORDER BY age(xmin), tableoid DESC, ctid DESC LIMIT {}", limit);
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

// Where the rows of a page come from, in their order.
class RowSource {
public:
    struct Fetched {
        Rows rows;
        bool is_last = false;  // there are none behind these
    };

    virtual ~RowSource() = default;
    // `wanted` rows at most; where there are fewer, ask again unless they are the last.
    virtual Result<Fetched> fetch(std::size_t wanted) = 0;
};

class Cursor final : public RowSource {
public:
    static Result<Cursor> open(Connection& connection, const std::string& select) {
        TRY(connection.run(fmt::format("DECLARE millrace_rows NO SCROLL CURSOR FOR {}", select)));
        return Cursor(connection);
    }

    Result<Fetched> fetch(std::size_t wanted) override {
        TRY_ASSIGN(auto rows, connection_.run(fmt::format("FETCH {} FROM millrace_rows", wanted)));
        const bool is_last = rows.size() < wanted;
        return Fetched{.rows = std::move(rows), .is_last = is_last};
    }

private:
    explicit Cursor(Connection& connection) : connection_(connection) {}

    Connection& connection_;
};

// The rows of a table from its end, looked for in one stretch of blocks after the other: PostgreSQL
// reads a stretch by its bounds, and sorts no more than that. A stretch without rows makes the next
// one longer.
class BackwardScan final : public RowSource {
public:
    BackwardScan(Connection& connection, std::string select, Place before)
        : connection_(connection), select_(std::move(select)), before_(before) {}

    Result<Fetched> fetch(std::size_t wanted) override {
        const auto from = before_.block > stretch_ ? before_.block - stretch_ : 0;
        const auto sql =
            fmt::format("{} WHERE ctid >= {} AND ctid < {} ORDER BY ctid DESC LIMIT {}", select_,
                        tid_of({.block = from}), tid_of(before_), wanted);
        TRY_ASSIGN(auto rows, connection_.run(sql));
        if (rows.size() == wanted) {  // there may be more in this stretch
            TRY_ASSIGN(before_, place_of(rows, rows.size() - 1));
            return Fetched{.rows = std::move(rows), .is_last = false};
        }
        before_ = {.block = from};
        stretch_ = std::min(2 * stretch_, kStretchMax);
        return Fetched{.rows = std::move(rows), .is_last = from == 0};
    }

private:
    static constexpr std::uint32_t kStretchMax = 8192;

    Connection& connection_;
    const std::string select_;
    Place before_;
    std::uint32_t stretch_ = 16;  // blocks
};

// A scan of the whole table may begin in its middle, where another one is just then.
Result<void> require_place_scans(Connection& connection) {
    TRY(
        connection.run("SELECT set_config('enable_seqscan', 'off', true),"
                       " set_config('synchronize_seqscans', 'off', true)"));
    return {};
}

// Just behind the last place of the table.
Result<Place> end_of(Connection& connection, const TableId& table) {
    TRY_ASSIGN(const auto rows, connection.run("SELECT (pg_relation_size($1::regclass)"
                                               " / current_setting('block_size')::bigint)::text",
                                               {qualified(table)}));
    const auto blocks = rows.size() == 1 ? parse_integer(rows.text(0, 0)) : std::nullopt;
    if (!blocks) return Error(Code::internal, "PostgreSQL gave no size of the table");
    return Place{.block = static_cast<std::uint32_t>(*blocks)};
}

// One page of what a source has.
class PageReader {
public:
    PageReader(RowSource& source, Order order, const RowsQuery& query,
               const std::vector<FoundColumn>& columns)
        : source_(source), order_(order), query_(query), columns_(columns) {
        for (const auto& column : columns) page_.columns.push_back(column.name);
    }

    Result<RowsPage> read() {
        while (true) {
            TRY_ASSIGN(const auto fetched, source_.fetch(next_fetch()));
            for (std::size_t row = 0; row < fetched.rows.size(); ++row) {
                if (is_full()) {
                    page_.next = last_.next(order_);
                    return std::move(page_);
                }
                TRY_ASSIGN(last_, place_of(fetched.rows, row));
                add(fetched.rows, row);
            }
            if (fetched.is_last) return std::move(page_);
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
            const int column = static_cast<int>(i) + kPlaceColumnCount;
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

    RowSource& source_;
    const Order order_;
    const RowsQuery& query_;
    const std::vector<FoundColumn>& columns_;
    RowsPage page_;
    Place last_;
    std::uint64_t bytes_ = 0;
};

// How the newest rows of a table come first. Rows of a table that are only added lie in the order
// in which they were written. Where rows are changed, as by a key, or are in several partitions,
// new ones are put into the room of old ones, and only the transactions tell their order.
Order newest_order(const std::vector<FoundColumn>& columns, bool has_partitions) {
    const bool has_key = std::ranges::any_of(columns, &FoundColumn::primary_key);
    return has_key || has_partitions ? Order::by_writing : Order::from_the_end;
}

constexpr std::string_view kStatementCanceled = "57014";  // by its timeout

Result<RowsPage> read_newest(Connection& connection, const RowsQuery& query,
                             const std::vector<FoundColumn>& columns, bool has_partitions) {
    const auto order = newest_order(columns, has_partitions);
    TRY_ASSIGN(const auto after, place_behind(query, order));
    const auto select = select_from(query, columns);
    if (order == Order::from_the_end) {
        TRY(require_place_scans(connection));
        TRY_ASSIGN(const auto end, end_of(connection, query.table));
        BackwardScan scan(connection, select, after.value_or(end));
        return PageReader(scan, order, query, columns).read();
    }
    // One scan of the table for each page, so it may take only so long.
    TRY(connection.run(
        fmt::format("SELECT set_config('statement_timeout', '{}', true)", kNewestTimeout.count())));
    TRY_ASSIGN(auto cursor,
               Cursor::open(connection, select + writings_backwards(after, query.rows_max + 1)));
    auto page = PageReader(cursor, order, query, columns).read();
    const auto& failure = connection.last_failure();
    if (!page.ok() && failure && failure->state == kStatementCanceled) {
        return Error(Code::invalid,
                     fmt::format("its newest rows cannot be found within {} s, as the table is "
                                 "large and rows of it change, or it has partitions; leave out "
                                 "order=newest, or ask the database by a column",
                                 kNewestTimeout.count() / 1000));
    }
    return page;
}

}  // namespace

Result<RowsPage> read_rows(Connection& connection, const RowsQuery& query) {
    const auto& table = query.table;
    TRY(connection.run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"));
    TRY_ASSIGN(const auto found, find_table(connection, table.bucket(), table.table()));
    if (found == Found::nothing) {
        return Error(Code::not_found, fmt::format("there is no table \"{}\"", table.text()));
    }
    TRY_ASSIGN(const auto columns, columns_of(connection, table.bucket(), table.table()));
    TRY_ASSIGN(const bool has_partitions, is_partitioned(connection, table));
    if (query.newest_first) {
        TRY_ASSIGN(const auto total, count_rows(connection, query));  // before the short timeout
        TRY_ASSIGN(auto page, read_newest(connection, query, columns, has_partitions));
        page.total = total;
        return page;
    }
    TRY_ASSIGN(const auto after, place_behind(query, Order::by_place));
    TRY(require_place_scans(connection));
    TRY_ASSIGN(auto cursor, Cursor::open(connection, select_from(query, columns) +
                                                         places_onwards(after, has_partitions)));
    TRY_ASSIGN(auto page, PageReader(cursor, Order::by_place, query, columns).read());
    TRY_ASSIGN(page.total, count_rows(connection, query));
    return page;
}

}  // namespace millrace::postgres
