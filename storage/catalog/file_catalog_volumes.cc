// The part of FileTables that is about volumes and their batches.

#include "storage/catalog/file_catalog_rows.h"
#include "storage/catalog/file_tables.h"
#include "storage/catalog/lost_batches.h"
#include "storage/catalog/rows.h"

namespace millrace::catalog {
namespace {

using sqlite::Database;
using sqlite::Row;

const std::string& select_with_batch() {
    static const auto sql = fmt::format(
        "SELECT {} FROM slices WHERE sink = ?1 AND volume = ?2 AND last_batch >= ?3"
        " AND first_batch <= ?3 ORDER BY last_batch",
        kSliceColumns);
    return sql;
}

}  // namespace

Result<Uuid> FileTables::newest_waiting(const VolumeId& volume) {
    return connections_.read([&](Database& database) -> Result<Uuid> {
        TRY_ASSIGN(auto query,
                   database.query("SELECT max(id) FROM ("
                                  "SELECT id FROM files"
                                  " WHERE volume = ?1"
                                  " AND state NOT IN ('imported', 'discarded') UNION ALL "
                                  "SELECT id FROM slices"
                                  " WHERE volume = ?1"
                                  " AND state NOT IN ('imported', 'discarded'))"
                                  " HAVING count(*) > 0",
                                  volume.value));
        TRY_ASSIGN(const bool found, query->step());
        if (!found) return Uuid{};
        const auto id = parse_uuid(query.row().text());
        if (!id) return Error(Code::corrupt, "an id of volume " + volume.value + " is not one");
        return *id;
    });
}

Result<void> FileTables::record_lost(const VolumeId& volume, BatchNumber first, BatchNumber last) {
    return connections_.write(
        [&](Database& database) { return insert_lost(database, volume, first, last); });
}

Result<bool> FileTables::is_lost(const Ticket& ticket, SinkNumber sink) {
    return connections_.read([&](Database& database) -> Result<bool> {
        // Ranges do not overlap: the first that ends at or behind the batch is the only one to ask.
        TRY_ASSIGN(const auto lost,
                   database.number("SELECT coalesce((SELECT first <= ?2 FROM lost_batches"
                                   " WHERE volume = ?1 AND last >= ?2 ORDER BY last LIMIT 1), 0)",
                                   ticket.volume.value, ticket.batch.value));
        if (lost != 0) return true;
        TRY_ASSIGN(const auto damaged,
                   database.number("SELECT EXISTS (SELECT 1 FROM lost_rows WHERE sink = ?3"
                                   " AND volume = ?1 AND last_batch >= ?2 AND first_batch <= ?2)",
                                   ticket.volume.value, ticket.batch.value, sink.value));
        return damaged != 0;
    });
}

Result<std::vector<Slice>> FileTables::slices_with(SinkNumber sink, const Ticket& ticket) {
    return connections_.read([&](Database& database) -> Result<std::vector<Slice>> {
        TRY_ASSIGN(auto query, database.query(select_with_batch(), sink.value, ticket.volume.value,
                                              ticket.batch.value));
        return read_all<Slice>(std::move(query), read_slice);
    });
}

}  // namespace millrace::catalog
