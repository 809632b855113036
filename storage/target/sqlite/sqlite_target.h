#pragma once
// SqliteTarget: "in.c-shop.orders" is the table "orders" in FOLDER/in.c-shop.sqlite. Columns are
// declared as column_type.h says; text keeps every byte, also NUL and invalid UTF-8.
//
// The databases are the user's: others may read them at any time, and write or change them between
// imports; a table that does not match any more is a conflict, and nothing is imported.
//
// Lifetime  the folder exists.
// Thread    any; imports into one bucket run one after the other. The other two never wait for an
//           import for longer than the busy timeout.
// Durable   an import that returned survives a power loss (WAL, synchronous=FULL).

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/ports/table_query.h"
#include "core/ports/target.h"
#include "core/ports/target_care.h"
#include "storage/target/sqlite/bucket.h"

namespace millrace::target {

class SqliteTarget : public Target, public TableQuery, public TargetCare {
public:
    // Files of that many bytes or more are written in bulk (bulk_upsert.h); below, what that needs
    // to begin is more than it saves.
    static constexpr std::uint64_t kBulkBytesMin = 1 << 20;

    explicit SqliteTarget(std::string folder, BusyTimeouts busy_timeouts = {},
                          std::uint64_t bulk_bytes_min = kBulkBytesMin);

    // Errors  invalid: a name is reserved; conflict: another table is there; unavailable: the
    //         table is not there, and another program or an import holds the database locked
    Result<void> ensure_table(const TableSpec& table) override;
    // Errors  as above; it needs the lock only if a column is missing
    Result<void> add_columns(const TableSpec& table) override;
    // Errors  conflict: there is a view of that name; unavailable: as above
    Result<void> drop_table(const TableId& table) override;
    // Errors  as drop_table()
    Result<bool> is_empty(const TableId& table) override;
    Result<RowsPage> read_rows(const RowsQuery& query) override;
    // A bucket that has no file has no tables.
    Result<QueryAnswer> query(const QueryRequest& request) override;
    Result<ImportReceipt> import(const ImportRequest& request) override;
    Result<std::vector<ImportReceipt>> import_all(std::span<const ImportRequest> requests) override;
    Result<std::optional<std::string>> imported_digest(const TableId& table, FileId file) override;
    Result<std::optional<std::string>> newest_note(const TableId& table,
                                                   const std::string& owner) override;
    Result<std::vector<RowRefusal>> find_refused(const ImportRequest& request,
                                                 std::size_t at_most) override;
    Result<void> forget(const TableId& table, const std::vector<FileId>& files) override;
    Result<void> forget_old(const OldImports& old) override;
    Result<void> probe() override;
    Result<void> tidy() override { return buckets_.cut_long_logs(); }

    // The logs of all buckets.
    // Errors  unavailable
    Result<std::vector<Buckets::Log>> logs() const { return buckets_.logs(); }

private:
    Result<void> remove_if_empty(sqlite::Database& database, const std::string& bucket) const;

    Buckets buckets_;
    const std::uint64_t bulk_bytes_min_;
};

}  // namespace millrace::target
