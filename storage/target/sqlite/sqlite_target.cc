#include "storage/target/sqlite/sqlite_target.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include "core/ports/refused_row_search.h"
#include "core/ports/slice_rows.h"
#include "storage/sqlite/transaction.h"
#include "storage/target/sqlite/bucket_query.h"
#include "storage/target/sqlite/import_log.h"
#include "storage/target/sqlite/table.h"
#include "storage/target/sqlite/table_rows.h"
#include "storage/target/sqlite/table_writer.h"

namespace millrace::target {
namespace {

using sqlite::Database;
using sqlite::Transaction;

constexpr std::size_t kOpenBucketsMax = 16;
constexpr std::size_t kBufferBytes = 256 << 10;

// Of an import. Keys come in any order: with 8 MB the first 600,000 of them take a third longer;
// rows without keys only need the end of the table.
constexpr std::uint64_t kKeyedPageCacheBytes = 32 << 20;
constexpr std::uint64_t kPlainPageCacheBytes = 8 << 20;

// What becomes of columns that a table lacks.
enum class MissingColumns { refuse, add };

struct Imported {
    std::uint64_t rows = 0;
    std::uint64_t bytes = 0;
};

bool has_key(const TableSpec& table) {
    return std::any_of(table.columns.begin(), table.columns.end(),
                       [](const TableColumn& column) { return column.primary_key; });
}

// What a constraint or a trigger says of a row that is written.
Error of_row(Error error) {
    if (error.code() != Code::conflict) return error;
    return std::move(error).named(error_names::kImportRowRefused);
}

// Applies every row of one slice and adds them to `imported`.
Result<void> import_slice(ByteSource& csv, Database& database, const ImportRequest& request,
                          std::vector<char>& buffer, Imported& imported) {
    const auto& table = request.table;
    SliceRowReader rows(table);
    std::optional<TableWriter> writer;
    while (true) {
        TRY_ASSIGN(const auto count, csv.read(buffer));
        if (count == 0) break;
        rows.feed(std::string_view(buffer.data(), count));
        while (true) {
            TRY_ASSIGN(const bool has_row, rows.next());
            if (!has_row) break;
            if (!writer) {
                TRY_ASSIGN(auto opened,
                           TableWriter::open(database, table, rows.shape(), request.only_missing));
                writer.emplace(std::move(opened));
            }
            if (auto written = writer->write(rows); !written.ok()) {
                return of_row(std::move(written).error());
            }
        }
        imported.bytes += count;
    }
    imported.rows += rows.rows();
    return rows.finish();
}

Result<void> import_slices(Database& database, const ImportRequest& request) {
    if (request.only_missing) TRY(begin_new_keys(database, request.table));
    std::vector<char> buffer(kBufferBytes);
    Imported imported;
    for (std::uint32_t slice = 0; slice < request.slices; ++slice) {
        const auto doing = fmt::format("slice {} of {}", slice + 1, request.slices);
        auto csv = request.open_slice(slice);
        if (!csv.ok()) return std::move(csv).error().in(doing);
        TRY(import_slice(*csv.value(), database, request, buffer, imported).in(doing));
    }
    if (imported.rows != request.rows || imported.bytes != request.bytes) {
        return Error(Code::corrupt,
                     fmt::format("{} rows in {} bytes arrived, expected {} in {}", imported.rows,
                                 imported.bytes, request.rows, request.bytes));
    }
    if (request.only_missing) TRY(end_new_keys(database));
    return {};
}

Error table_is_missing(const TableId& table) {
    return Error(Code::conflict,
                 fmt::format("the table \"{}\" does not exist; put the file of its bucket back, or "
                             "enable the sink (PUT .../enable) to make the table anew",
                             table.text()));
}

Result<void> require_table(Database& database, const TableSpec& table) {
    TRY_ASSIGN(const bool exists, table_exists(database, table));
    if (exists) return compare_table(database, table);
    return table_is_missing(table.id);
}

// Within a transaction.
Result<ImportReceipt> apply_file(Database& database, const ImportRequest& request) {
    TRY_ASSIGN(const auto earlier, find_receipt(database, request));
    if (earlier) return *earlier;
    TRY(require_table(database, request.table));
    TRY(import_slices(database, request));
    TRY(write_receipt(database, request));
    return ImportReceipt{.rows = request.rows, .already_done = false};
}

Result<std::vector<ImportReceipt>> import_files(Database& database,
                                                std::span<const ImportRequest> requests) {
    TRY_ASSIGN(auto transaction, Transaction::begin(database));
    TRY(ensure_import_log(database));
    std::vector<ImportReceipt> receipts;
    for (const auto& request : requests) {
        TRY_ASSIGN(receipts.emplace_back(), apply_file(database, request));
    }
    const bool has_changed =
        std::ranges::any_of(receipts, [](const auto& receipt) { return !receipt.already_done; });
    if (has_changed) TRY(transaction.commit());
    return receipts;
}

// Within a transaction.
TriedRows try_part(Database& database, const ImportRequest& part) {
    const auto attempt = [&]() -> Result<void> {
        TRY(database.execute("SAVEPOINT millrace_part"));
        auto imported = import_slices(database, part);
        if (!imported.ok()) {
            if (!is_row_refused(imported.error())) return imported;
            if (!database.in_transaction()) {
                return Error(Code::conflict,
                             fmt::format("{}; its trigger ends the whole transaction "
                                         "(RAISE(ROLLBACK)), so no row can be left out",
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

SqliteTarget::SqliteTarget(std::string folder, BusyTimeouts busy_timeouts)
    : buckets_(std::move(folder), kOpenBucketsMax, busy_timeouts) {}

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
        auto imported = import_files(database, requests);
        database.give_up_when(nullptr);
        if (imported.ok()) buckets_.move_long_log(bucket, database);
        database.release_memory();  // many are kept open
        return imported;
    };
    return buckets_.with(bucket, import).in(doing);
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
