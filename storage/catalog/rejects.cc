#include "storage/catalog/rejects.h"

#include <map>

#include "core/base/error_names.h"
#include "storage/catalog/file_catalog_rows.h"
#include "storage/catalog/rows.h"

namespace millrace::catalog {
namespace {

using sqlite::Database;
using sqlite::Row;

constexpr std::uint32_t kDeletedAtOnce = 1000;

constexpr std::string_view kColumns =
    "number, sink, arrived_at, expires_at, error, message, column_name, client_ip, content_type,"
    " headers, body, origin, once";

Result<Reject> read_reject(Row row) {
    Reject reject;
    reject.number = row.unsigned_integer();
    reject.sink = SinkNumber(row.unsigned_integer());
    reject.arrived_at = WallTime{row.integer()};
    reject.expires_at = AgeTime{row.integer()};
    reject.error = row.text();
    reject.message = row.text();
    reject.column = row.text();
    reject.client_ip = row.text();
    reject.content_type = row.text();
    reject.headers = row.text();
    reject.body = row.text();
    reject.origin = row.text();
    reject.once = row.text();
    return reject;
}

Result<RejectTotals> read_totals(Database& database, SinkNumber sink) {
    TRY_ASSIGN(auto query, database.query("SELECT count, bytes FROM reject_totals WHERE sink = ?1",
                                          sink.value));
    TRY_ASSIGN(const auto totals, read_one<RejectTotals>(std::move(query), [](Row row) {
                   const auto count = row.unsigned_integer();
                   return Result<RejectTotals>({.count = count, .bytes = row.unsigned_integer()});
               }));
    return totals.value_or(RejectTotals{});
}

// Of those that have bounds.
Result<RejectTotals> read_bounded_totals(Database& database, SinkNumber sink) {
    TRY_ASSIGN(auto query, database.query("SELECT count - refused_count, bytes - refused_bytes"
                                          " FROM reject_totals WHERE sink = ?1",
                                          sink.value));
    TRY_ASSIGN(const auto totals, read_one<RejectTotals>(std::move(query), [](Row row) {
                   const auto count = row.unsigned_integer();
                   return Result<RejectTotals>({.count = count, .bytes = row.unsigned_integer()});
               }));
    return totals.value_or(RejectTotals{});
}

// Whether the sink has the reject, which is to be kept once.
Result<bool> has(Database& database, const Reject& reject) {
    if (reject.once.empty()) return false;
    TRY_ASSIGN(const auto known,
               database.number("SELECT count(*) FROM rejects WHERE sink = ?1 AND once = ?2",
                               reject.sink.value, reject.once));
    return known > 0;
}

// Whether every sink stays within its bounds with the rejects of the group.
Result<bool> has_room(Database& database, const RejectGroup& group) {
    std::map<SinkNumber, RejectTotals> totals;
    for (const auto& item : group.items) {
        TRY_ASSIGN(const bool is_known, has(database, item.reject));
        if (is_known) continue;
        const auto sink = item.reject.sink;
        auto found = totals.find(sink);
        if (found == totals.end()) {
            TRY_ASSIGN(const auto now, read_bounded_totals(database, sink));
            found = totals.emplace(sink, now).first;
        }
        ++found->second.count;
        found->second.bytes += item.reject.bytes();
        if (found->second.count > item.bounds.count || found->second.bytes > item.bounds.bytes) {
            return false;
        }
    }
    return true;
}

Result<void> insert(Database& database, const Reject& reject) {
    TRY(database.run(
        "INSERT INTO rejects (sink, arrived_at, expires_at, error, message, column_name, client_ip,"
        " content_type, headers, body, bytes, origin, once)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
        reject.sink.value, reject.arrived_at.unix_ms, reject.expires_at.ms, reject.error,
        reject.message, reject.column, reject.client_ip, reject.content_type, reject.headers,
        reject.body, reject.bytes(), reject.origin, reject.once));
    TRY(
        database.run("INSERT INTO reject_totals (sink, count, bytes) VALUES (?1, 1, ?2)"
                     " ON CONFLICT (sink) DO UPDATE SET count = count + 1,"
                     " bytes = bytes + excluded.bytes",
                     reject.sink.value, reject.bytes()));
    return {};
}

// Forgets one reject; nothing happens if it is not there.
Result<void> erase(Database& database, std::uint64_t number) {
    TRY(
        database.run("UPDATE reject_totals SET count = count - 1,"
                     " bytes = reject_totals.bytes - gone.bytes,"
                     " refused_count = refused_count - (gone.error = ?2),"
                     " refused_bytes = refused_bytes - iif(gone.error = ?2, gone.bytes, 0)"
                     " FROM rejects AS gone"
                     " WHERE gone.number = ?1 AND reject_totals.sink = gone.sink",
                     number, error_names::kImportRowRefused));
    TRY(database.run("DELETE FROM rejects WHERE number = ?1", number));
    return {};
}

Result<std::uint64_t> read_number(Row row) {
    return row.unsigned_integer();
}

// Forgets the first rejects of the sink up to `last`. Returns how many.
Result<std::uint64_t> delete_some(Database& database, SinkNumber sink, std::int64_t last) {
    TRY_ASSIGN(auto query, database.query("SELECT number FROM rejects WHERE sink = ?1"
                                          " AND number <= ?2 ORDER BY number LIMIT ?3",
                                          sink.value, last, kDeletedAtOnce));
    TRY_ASSIGN(const auto numbers, read_all<std::uint64_t>(std::move(query), read_number));
    for (const auto number : numbers) TRY(erase(database, number));
    return std::uint64_t{numbers.size()};
}

}  // namespace

Result<void> delete_rejects_of(Connections& connections, SinkNumber sink) {
    TRY_ASSIGN(const auto last, connections.read([&](Database& database) {
        return database.number("SELECT coalesce(max(number), 0) FROM rejects WHERE sink = ?1",
                               sink.value);
    }));
    while (true) {
        TRY_ASSIGN(const auto deleted, connections.write([&](Database& database) {
            return delete_some(database, sink, last);
        }));
        if (deleted < kDeletedAtOnce) return {};
    }
}

Result<std::vector<bool>> Rejects::keep(std::span<const RejectGroup> groups) {
    return connections_.write([&](Database& database) -> Result<std::vector<bool>> {
        std::vector<bool> kept;
        for (const auto& group : groups) {
            TRY_ASSIGN(const bool fits, has_room(database, group));
            kept.push_back(fits);
            if (!fits) continue;
            for (const auto& item : group.items) {
                TRY_ASSIGN(const bool is_known, has(database, item.reject));
                if (!is_known) TRY(insert(database, item.reject));
            }
        }
        return kept;
    });
}

Result<std::vector<Reject>> Rejects::rejects_of(SinkNumber sink, const RejectPageRequest& page) {
    return connections_.read([&](Database& database) -> Result<std::vector<Reject>> {
        std::vector<Reject> rejects;
        TRY_ASSIGN(auto query, database.query(fmt::format("SELECT {} FROM rejects WHERE sink = ?1"
                                                          " AND number > ?2 ORDER BY number"
                                                          " LIMIT ?3",
                                                          kColumns),
                                              sink.value, page.after, page.limit));
        std::uint64_t bytes = 0;
        while (bytes <= page.bytes) {
            TRY_ASSIGN(const bool found, query->step());
            if (!found) break;
            TRY_ASSIGN(auto reject, read_reject(query.row()));
            bytes += reject.bytes();
            rejects.push_back(std::move(reject));
        }
        return rejects;
    });
}

Result<RejectTotals> Rejects::reject_totals(SinkNumber sink) {
    return connections_.read([&](Database& database) { return read_totals(database, sink); });
}

Result<std::map<SinkNumber, RejectTotals>> Rejects::all_reject_totals() {
    using Entry = std::pair<SinkNumber, RejectTotals>;
    return connections_.read([&](Database& database) -> Result<std::map<SinkNumber, RejectTotals>> {
        TRY_ASSIGN(auto query, database.query("SELECT sink, count, bytes FROM reject_totals"));
        TRY_ASSIGN(const auto rows, read_all<Entry>(std::move(query), [](Row row) -> Result<Entry> {
                       const SinkNumber sink(row.unsigned_integer());
                       const auto count = row.unsigned_integer();
                       return Entry(sink, {.count = count, .bytes = row.unsigned_integer()});
                   }));
        return std::map<SinkNumber, RejectTotals>(rows.begin(), rows.end());
    });
}

Result<std::uint64_t> Rejects::delete_expired_rejects(AgeTime now, std::uint32_t limit) {
    return connections_.write([&](Database& database) -> Result<std::uint64_t> {
        TRY_ASSIGN(auto query, database.query("SELECT number FROM rejects WHERE expires_at <= ?1"
                                              " ORDER BY expires_at LIMIT ?2",
                                              now.ms, limit));
        TRY_ASSIGN(const auto expired, read_all<std::uint64_t>(std::move(query), read_number));
        for (const auto number : expired) TRY(erase(database, number));
        return std::uint64_t{expired.size()};
    });
}

Result<void> Rejects::delete_rejects(SinkNumber sink) {
    return delete_rejects_of(connections_, sink);
}

Result<void> Rejects::announce_slice(const LocalSlice& slice) {
    return connections_.write([&](Database& database) -> Result<void> {
        TRY_ASSIGN(const auto ended,
                   database.number("SELECT count(*) FROM volumes WHERE volume = ?1"
                                   " AND state <> 'active'",
                                   slice.volume.value));
        if (ended > 0) {
            return Error(Code::unavailable,
                         fmt::format("volume {} has ended; try again", slice.volume.value));
        }
        TRY(database.run("INSERT INTO announced_slices (id, volume) VALUES (?1, ?2)",
                         to_string(slice.slice), slice.volume.value));
        return {};
    });
}

Result<void> Rejects::adopt_slice(const OpenSlice& slice,
                                  const std::vector<std::uint64_t>& rejects) {
    return connections_.write([&](Database& database) -> Result<void> {
        OpenFile file;
        file.id = slice.opening.file;
        file.sink = slice.opening.sink;
        file.opened_at = slice.opening.opened_at;
        file.slices = 1;
        file.volume = slice.opening.volume;
        TRY(insert_closed_file(database, file));
        TRY(insert_slice(database, slice));
        for (const auto number : rejects) TRY(erase(database, number));
        TRY(database.run("DELETE FROM announced_slices WHERE id = ?1",
                         to_string(slice.opening.slice)));
        return {};
    });
}

Result<std::vector<LocalSlice>> Rejects::announced_slices() {
    return connections_.read([&](Database& database) -> Result<std::vector<LocalSlice>> {
        TRY_ASSIGN(auto query,
                   database.query("SELECT volume, id FROM announced_slices WHERE load IS NULL"
                                  " ORDER BY id"));
        return read_all<LocalSlice>(std::move(query), read_local_slice);
    });
}

Result<void> Rejects::forget_announced(SliceId slice) {
    return connections_.write([&](Database& database) -> Result<void> {
        TRY(database.run("DELETE FROM announced_slices WHERE id = ?1", to_string(slice)));
        return {};
    });
}

}  // namespace millrace::catalog
