#include "storage/target/sqlite/sqlite_target.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <string_view>
#include <vector>

#include "core/ports/refused_row_search.h"
#include "core/ports/slice_rows.h"
#include "storage/sqlite/deferred_keys.h"
#include "storage/sqlite/transaction.h"
#include "storage/target/sqlite/bucket_query.h"
#include "storage/target/sqlite/bulk_upsert.h"
#include "storage/target/sqlite/import_log.h"
#include "storage/target/sqlite/slice_stream.h"
#include "storage/target/sqlite/table.h"
#include "storage/target/sqlite/table_rows.h"
#include "storage/target/sqlite/table_writer.h"

namespace millrace::target {
namespace {

using sqlite::Database;
using sqlite::Transaction;

constexpr std::size_t kOpenBucketsMax = 16;

// As the least size of a file whose rows are written in bulk: all are written one by one, which
// names the row that fails.
constexpr auto kNeverInBulk = std::numeric_limits<std::uint64_t>::max();

// Of an import. Keys come in any order, and are sorted in as much memory; rows without keys only
// need the end of the table.
constexpr std::uint64_t kKeyedPageCacheBytes = 64 << 20;
constexpr std::uint64_t kPlainPageCacheBytes = 8 << 20;

// What becomes of columns that a table lacks.
enum class MissingColumns { refuse, add };

bool has_key(const TableSpec& table) {
    return std::any_of(table.columns.begin(), table.columns.end(),
                       [](const TableColumn& column) { return column.primary_key; });
}

// What a constraint or a trigger says of a row that is written.
Error of_row(Error error) {
    if (error.code() != Code::conflict) return error;
    return std::move(error).named(error_names::kImportRowRefused);
}

// What the commit would fail with, while it can still be said of rows.
Result<void> check_deferred(const Database& database) {
    if (!sqlite::lacks_referred_rows(database)) return {};
    return of_row(Error(Code::conflict, "a deferred FOREIGN KEY constraint failed"));
}

// Applies the rows of one slice, from the current one of `rows` on; returns whether there is a
// further slice.
Result<bool> import_slice(Database& database, const ImportRequest& request, SliceStream& rows) {
    const auto slice = rows.slice();
    const auto shape = rows.row().shape();
    TRY_ASSIGN(auto writer,
               TableWriter::open(database, request.table, shape, request.only_missing));
    while (true) {
        if (auto written = writer.write(rows.row()); !written.ok()) {
            return of_row(std::move(written).error()).in(rows.doing());
        }
        TRY_ASSIGN(const bool has_row, rows.next());
        if (!has_row || rows.slice() != slice) return has_row;
    }
}

Result<void> import_slices(Database& database, const ImportRequest& request,
                           std::uint64_t bulk_bytes_min) {
    if (request.only_missing) TRY(begin_new_keys(database, request.table));
    bool in_bulk = request.bytes >= bulk_bytes_min && !request.only_missing;
    if (in_bulk) {
        TRY_ASSIGN(in_bulk, may_upsert_in_bulk(database, request.table));
    }
    SliceStream rows(request);
    TRY_ASSIGN(bool has_row, rows.next());
    while (has_row) {
        const bool is_upsert = rows.row().operation() == RowOperation::upsert;
        if (in_bulk && is_upsert && may_upsert_in_bulk(rows.row().shape())) {
            TRY_ASSIGN(has_row, upsert_in_bulk(database, request.table, rows));
        } else {
            TRY_ASSIGN(has_row, import_slice(database, request, rows));
        }
    }
    if (request.only_missing) TRY(end_new_keys(database));
    return {};
}

Error table_is_missing(const TableId& table) {
    return Error(Code::conflict,
                 fmt::format("the table \"{}\" does not exist; put the file of its bucket back, or "
                             "enable the sink (PUT .../enable; of a table of loads: millrace table "
                             "create) to make the table anew",
                             table.text()));
}

Result<void> require_table(Database& database, const TableSpec& table) {
    TRY_ASSIGN(const bool exists, table_exists(database, table));
    if (exists) return compare_table(database, table);
    return table_is_missing(table.id);
}

// Within a transaction.
Result<ImportReceipt> apply_file(Database& database, const ImportRequest& request,
                                 std::uint64_t bulk_bytes_min) {
    TRY_ASSIGN(const auto earlier, find_receipt(database, request));
    if (earlier) return *earlier;
    TRY(require_table(database, request.table));
    TRY(import_slices(database, request, bulk_bytes_min));
    TRY(write_receipt(database, request));
    return ImportReceipt{.rows = request.rows, .already_done = false};
}

Result<std::vector<ImportReceipt>> import_files(Database& database,
                                                std::span<const ImportRequest> requests,
                                                std::uint64_t bulk_bytes_min) {
    TRY_ASSIGN(auto transaction, Transaction::begin(database));
    TRY(ensure_import_log(database));
    std::vector<ImportReceipt> receipts;
    for (const auto& request : requests) {
        TRY_ASSIGN(receipts.emplace_back(), apply_file(database, request, bulk_bytes_min));
    }
    const bool has_changed =
        std::ranges::any_of(receipts, [](const auto& receipt) { return !receipt.already_done; });
    if (!has_changed) return receipts;
    TRY(check_deferred(database));
    TRY(transaction.commit());
    return receipts;
}

// A failure in bulk does not say which row it is of, and may be of the files in which rows are
// sorted; so all are written once more.
Result<std::vector<ImportReceipt>> import_files_quickly(Database& database,
                                                        std::span<const ImportRequest> requests,
                                                        std::uint64_t bulk_bytes_min) {
    auto imported = import_files(database, requests, bulk_bytes_min);
    const bool was_in_bulk = std::ranges::any_of(
        requests, [&](const auto& request) { return request.bytes >= bulk_bytes_min; });
    const auto* stop = requests.front().stop;
    if (imported.ok() || !was_in_bulk || (stop != nullptr && *stop)) return imported;
    return import_files(database, requests, kNeverInBulk);
}

// Within a transaction.
TriedRows try_part(Database& database, const ImportRequest& part) {
    const auto attempt = [&]() -> Result<void> {
        TRY(database.execute("SAVEPOINT millrace_part"));
        auto imported = import_slices(database, part, kNeverInBulk);
        if (imported.ok()) imported = check_deferred(database);
        if (!imported.ok()) {
            if (!is_row_refused(imported.error())) return imported;
            if (!database.in_transaction()) {
                return Error(
                    Code::conflict,
                    fmt::format("{}; a trigger (RAISE(ROLLBACK)) or an ON CONFLICT ROLLBACK of the "
                                "table ends the whole transaction, so no row can be left out",
                                imported.error().client_text()));
            }
            TRY(database.execute("ROLLBACK TO millrace_part"));
        }
        TRY(database.execute("RELEASE millrace_part"));
        return imported;
    };
    return {.outcome = attempt(), .line = 0};
}

// Somebody else may make it meanwhile.
Result<void> make_table(Database& database, const TableSpec& table, MissingColumns missing) {
    TRY_ASSIGN(auto transaction, Transaction::begin(database));
    TRY(ensure_import_log(database));
    TRY_ASSIGN(const bool exists, table_exists(database, table));
    if (exists) {
        if (missing == MissingColumns::add) TRY(add_missing_columns(database, table));
        TRY(compare_table(database, table));
    } else {
        TRY(drop_tombstones(database, table.id));  // of one that somebody else has dropped
        TRY(create_table(database, table));
    }
    return transaction.commit();
}

Result<void> drop_if_there(Database& database, const TableId& table) {
    TRY_ASSIGN(auto transaction, Transaction::begin(database));
    TRY_ASSIGN(const bool exists, table_exists(database, {.id = table, .columns = {}}));
    if (!exists) return {};
    TRY(target::drop_table(database, table));
    TRY(drop_tombstones(database, table));
    return transaction.commit();
}

}  // namespace

SqliteTarget::SqliteTarget(std::string folder, BusyTimeouts busy_timeouts,
                           std::uint64_t bulk_bytes_min)
    : buckets_(std::move(folder), kOpenBucketsMax, busy_timeouts),
      bulk_bytes_min_(bulk_bytes_min) {}

Result<void> SqliteTarget::ensure_table(const TableSpec& table) {
    TRY(check_names(table));
    const auto ensure = [&]() -> Result<void> {
        TRY_ASSIGN(auto database, buckets_.connect(std::string(table.id.bucket())));
        // Comparing needs no lock, which an import may have for long.
        TRY_ASSIGN(const bool exists, table_exists(database, table));
        return exists ? compare_table(database, table)
                      : make_table(database, table, MissingColumns::refuse);
    };
    return ensure().in(fmt::format("table {}", table.id.text()));
}

Result<void> SqliteTarget::add_columns(const TableSpec& table) {
    TRY(check_names(table));
    const auto add = [&]() -> Result<void> {
        TRY_ASSIGN(auto database, buckets_.connect(std::string(table.id.bucket())));
        TRY_ASSIGN(const bool exists, table_exists(database, table));
        if (exists && compare_table(database, table).ok()) return {};
        return make_table(database, table, MissingColumns::add);
    };
    return add().in(fmt::format("table {}", table.id.text()));
}

Result<void> SqliteTarget::drop_table(const TableId& table) {
    const std::string bucket(table.bucket());
    auto database = buckets_.connect(bucket);
    if (!database.ok()) {
        return std::move(database).error().in(fmt::format("drop table {}", table.text()));
    }
    TRY(drop_if_there(database.value(), table).in(fmt::format("drop table {}", table.text())));
    return remove_if_empty(database.value(), bucket).in(fmt::format("remove bucket {}", bucket));
}

Result<bool> SqliteTarget::is_empty(const TableId& table) {
    const auto look = [&]() -> Result<bool> {
        TRY_ASSIGN(auto database, buckets_.connect_if_there(std::string(table.bucket())));
        if (!database) return true;
        TRY_ASSIGN(const bool exists, table_exists(*database, {.id = table, .columns = {}}));
        if (!exists) return true;
        TRY_ASSIGN(const bool has_rows, target::has_rows(*database, table));
        return !has_rows;
    };
    return look().in(fmt::format("look at table {}", table.text()));
}

Result<RowsPage> SqliteTarget::read_rows(const RowsQuery& query) {
    const auto& table = query.table;
    const auto read = [&]() -> Result<RowsPage> {
        const auto no_table = [&] {
            return Error(Code::not_found, fmt::format("there is no table \"{}\"", table.text()));
        };
        TRY_ASSIGN(auto database, buckets_.connect_if_there(std::string(table.bucket())));
        if (!database) return no_table();
        TRY_ASSIGN(const bool exists, table_exists(*database, {.id = table, .columns = {}}));
        if (!exists) return no_table();
        return target::read_rows(*database, query);
    };
    return read().in(fmt::format("read table {}", table.text()));
}

Result<QueryAnswer> SqliteTarget::query(const QueryRequest& request) {
    const auto run = [&]() -> Result<QueryAnswer> {
        TRY_ASSIGN(auto database, buckets_.connect_if_there(request.bucket));
        if (database) return run_query(*database, request);
        TRY_ASSIGN(auto none, Database::open(":memory:", {.read_only = true}));
        return run_query(none, request);
    };
    return run().in(fmt::format("query bucket {}", request.bucket));
}

Result<void> SqliteTarget::remove_if_empty(Database& database, const std::string& bucket) const {
    TRY_ASSIGN(const auto lock, Transaction::begin(database));
    TRY_ASSIGN(const bool is_empty, has_only_import_log(database));
    if (!is_empty) return {};
    return buckets_.remove(bucket);
}

Result<ImportReceipt> SqliteTarget::import(const ImportRequest& request) {
    TRY_ASSIGN(const auto receipts, import_all(std::span(&request, 1)));
    return receipts.front();
}

Result<std::vector<ImportReceipt>> SqliteTarget::import_all(
    std::span<const ImportRequest> requests) {
    const auto& first = requests.front();
    const std::string bucket(first.table.id.bucket());
    const auto& table = first.table.id;
    const auto doing =
        fmt::format("import file {}{} into {}", to_string(first.file),
                    requests.size() > 1 ? fmt::format(" and {} others", requests.size() - 1) : "",
                    table.text());
    // Opening it would make an empty one, and the old one would not be missed any more.
    if (!buckets_.is_there(bucket)) return table_is_missing(table).in(doing);
    const auto import = [&](Database& database) -> Result<std::vector<ImportReceipt>> {
        TRY(database.limit_page_cache(has_key(first.table) ? kKeyedPageCacheBytes
                                                           : kPlainPageCacheBytes));
        database.give_up_when(first.stop);
        auto imported = import_files_quickly(database, requests, bulk_bytes_min_);
        database.give_up_when(nullptr);
        if (imported.ok()) buckets_.move_long_log(bucket, database);
        database.release_memory();  // many are kept open
        return imported;
    };
    return buckets_.with(bucket, import).in(doing);
}

Result<std::optional<std::string>> SqliteTarget::imported_digest(const TableId& table,
                                                                 FileId file) {
    const auto look = [&]() -> Result<std::optional<std::string>> {
        TRY_ASSIGN(auto database, buckets_.connect_if_there(std::string(table.bucket())));
        if (!database) return std::optional<std::string>();
        return find_digest(*database, file);
    };
    return look().in(fmt::format("look for file {} of {}", to_string(file), table.text()));
}

Result<std::optional<std::string>> SqliteTarget::newest_note(const TableId& table,
                                                             const std::string& owner) {
    const auto look = [&]() -> Result<std::optional<std::string>> {
        TRY_ASSIGN(auto database, buckets_.connect_if_there(std::string(table.bucket())));
        if (!database) return std::optional<std::string>();
        return find_newest_note(*database, owner);
    };
    return look().in(fmt::format("look for notes of {}", table.text()));
}

Result<std::vector<RowRefusal>> SqliteTarget::find_refused(const ImportRequest& request,
                                                           std::size_t at_most) {
    const auto& table = request.table.id;
    const std::string bucket(table.bucket());
    const auto doing = fmt::format("look for refused rows of file {} of {}",
                                   to_string(request.file), table.text());
    if (!buckets_.is_there(bucket)) return table_is_missing(table).in(doing);
    const auto look = [&](Database& database) -> Result<std::vector<RowRefusal>> {
        TRY_ASSIGN(const auto never_committed, Transaction::begin(database));
        TRY(require_table(database, request.table));
        return find_refused_rows(
            request, at_most, [&](const ImportRequest& part) { return try_part(database, part); });
    };
    const auto look_until_stopped = [&](Database& database) {
        database.give_up_when(request.stop);
        auto found = look(database);
        database.give_up_when(nullptr);
        database.release_memory();
        return found;
    };
    return buckets_.with(bucket, look_until_stopped).in(doing);
}

Result<void> SqliteTarget::forget(const TableId& table, const std::vector<FileId>& files) {
    const auto forget = [&]() -> Result<void> {
        TRY_ASSIGN(auto database, buckets_.connect_if_there(std::string(table.bucket())));
        if (!database) return {};
        TRY_ASSIGN(auto transaction, Transaction::begin(*database));
        TRY(delete_receipts(*database, files));
        return transaction.commit();
    };
    return forget().in(fmt::format("forget files of {}", table.text()));
}

Result<void> SqliteTarget::forget_old(const OldImports& old) {
    const auto forget = [&]() -> Result<void> {
        TRY_ASSIGN(auto database, buckets_.connect_if_there(std::string(old.table.bucket())));
        if (!database) return {};
        TRY_ASSIGN(auto transaction, Transaction::begin(*database));
        TRY(delete_old_receipts(*database, old));
        return transaction.commit();
    };
    return forget().in(fmt::format("forget old imports of {}", old.table.bucket()));
}

Result<void> SqliteTarget::probe() {
    return buckets_.probe();
}

}  // namespace millrace::target
