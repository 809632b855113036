// The part of Lifecycle that is about volumes and their batches.

#include <algorithm>

#include "storage/catalog/lifecycle.h"
#include "storage/catalog/lifecycle_rows.h"
#include "storage/catalog/rows.h"

namespace millrace::catalog {
namespace {

using sqlite::Database;
using sqlite::Row;

// A life never gives more numbers than that.
constexpr std::uint64_t kNumbersOfALife = std::uint64_t{1} << 40;

const std::string& select_with_batch() {
    static const auto sql = fmt::format(
        "SELECT {} FROM slices WHERE sink = ?1 AND volume = ?2 AND last_batch >= ?3"
        " AND first_batch <= ?3 ORDER BY last_batch",
        kSliceColumns);
    return sql;
}

// Makes one range of it and of those that it touches: ranges never overlap, and a volume that loses
// everything for long has one.
Result<void> insert_lost(Database& database, const VolumeId& volume, BatchNumber first,
                         BatchNumber last) {
    const auto before = first.value - std::min<std::uint64_t>(first.value, 1);
    const auto behind = last.value + 1;
    TRY_ASSIGN(const auto begin,
               database.number("SELECT min(?4, coalesce(min(first), ?4)) FROM lost_batches"
                               " WHERE volume = ?1 AND last >= ?2 AND first <= ?3",
                               volume.value, before, behind, first.value));
    TRY_ASSIGN(const auto end,
               database.number("SELECT max(?4, coalesce(max(last), ?4)) FROM lost_batches"
                               " WHERE volume = ?1 AND last >= ?2 AND first <= ?3",
                               volume.value, before, behind, last.value));
    TRY(database.run("DELETE FROM lost_batches WHERE volume = ?1 AND last >= ?2 AND first <= ?3",
                     volume.value, before, behind));
    TRY(database.run("INSERT INTO lost_batches (volume, last, first) VALUES (?1, ?2, ?3)",
                     volume.value, end, begin));
    return {};
}

}  // namespace

Result<std::optional<Uuid>> Lifecycle::volume_id(const VolumeId& volume) {
    return connections_.read([&](Database& database) -> Result<std::optional<Uuid>> {
        TRY_ASSIGN(auto query,
                   database.query("SELECT id FROM volumes WHERE name = ?1", volume.value));
        TRY_ASSIGN(const bool found, query->step());
        if (!found) return std::optional<Uuid>();
        const auto id = parse_uuid(query.row().text());
        if (!id) return Error(Code::corrupt, "the id of volume " + volume.value + " is not one");
        return id;
    });
}

Result<LifecycleCatalog::Newest> Lifecycle::newest_waiting(const VolumeId& volume) {
    return connections_.read([&](Database& database) -> Result<Newest> {
        TRY_ASSIGN(auto query,
                   database.query("SELECT max(opened_at), max(id) FROM ("
                                  "SELECT opened_at, id FROM files"
                                  " WHERE volume = ?1 AND state <> 'imported' UNION ALL "
                                  "SELECT opened_at, id FROM slices"
                                  " WHERE volume = ?1 AND state <> 'imported')"
                                  " HAVING count(*) > 0",
                                  volume.value));
        TRY_ASSIGN(const bool found, query->step());
        if (!found) return Newest{};
        auto row = query.row();
        const WallTime opened_at{row.integer()};
        const auto id = parse_uuid(row.text());
        if (!id) return Error(Code::corrupt, "an id of volume " + volume.value + " is not one");
        return Newest{.id = *id, .opened_at = opened_at};
    });
}

Result<BatchNumber> Lifecycle::open_volume(const VolumeId& volume, const Uuid& id,
                                           BatchNumber durable) {
    return connections_.write([&](Database& database) -> Result<BatchNumber> {
        TRY_ASSIGN(
            const auto known,
            database.number("SELECT coalesce(max(last_batch), 0) FROM volumes WHERE name = ?1",
                            volume.value));
        const auto given = std::max(static_cast<std::uint64_t>(known), durable.value);
        if (given > durable.value) {
            TRY(insert_lost(database, volume, BatchNumber(durable.value + 1), BatchNumber(given)));
        }
        TRY(
            database.run("INSERT INTO volumes (name, id, last_batch) VALUES (?1, ?2, ?3)"
                         " ON CONFLICT (name) DO UPDATE SET id = excluded.id,"
                         " last_batch = excluded.last_batch",
                         volume.value, to_string(id), given + kNumbersOfALife));
        return BatchNumber(given);
    });
}

Result<void> Lifecycle::record_lost(const VolumeId& volume, BatchNumber first, BatchNumber last) {
    return connections_.write(
        [&](Database& database) { return insert_lost(database, volume, first, last); });
}

Result<bool> Lifecycle::is_lost(const Ticket& ticket, SinkNumber sink) {
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

Result<std::vector<Slice>> Lifecycle::slices_with(SinkNumber sink, const Ticket& ticket) {
    return connections_.read([&](Database& database) -> Result<std::vector<Slice>> {
        TRY_ASSIGN(auto query, database.query(select_with_batch(), sink.value, ticket.volume.value,
                                              ticket.batch.value));
        return read_all<Slice>(std::move(query), read_slice);
    });
}

}  // namespace millrace::catalog
