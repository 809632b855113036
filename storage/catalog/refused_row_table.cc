#include "storage/catalog/refused_row_table.h"

#include <fmt/format.h>

#include "core/base/error_names.h"
#include "core/model/import_origin.h"
#include "storage/catalog/file_catalog_rows.h"
#include "storage/catalog/rows.h"

namespace millrace::catalog {
namespace {

using sqlite::Database;
using sqlite::Row;

// The rejects that refused rows become: ?1 is the file, ?2 the error. Arrived are they, as far as
// is known, with the last row of their slice. `bytes` is Reject::bytes(), and `origin` as
// core/model/import_origin.h has it.
constexpr std::string_view kAsRejects =
    "(SELECT *, length(CAST(message AS BLOB)) + length(CAST(body AS BLOB)) + length(origin)"
    " AS bytes FROM (SELECT s.sink AS sink, s.last_at AS arrived_at, ?2 AS error,"
    " r.reason AS message, r.text AS body,"
    " r.file || ' ' || r.slice || ' ' || r.row || ' ' || s.mapping AS origin,"
    " 'import ' || r.slice || ' ' || r.row AS once"
    " FROM refused_rows AS r JOIN slices AS s ON s.id = r.slice WHERE r.file = ?1"
    " ORDER BY r.slice, r.row))";

Result<RefusedRow> read_refused(Row row) {
    RefusedRow refused;
    TRY_ASSIGN(refused.slice, read_slice_id(row));
    refused.row = row.unsigned_integer();
    refused.reason = row.text();
    refused.bytes = row.unsigned_integer();
    return refused;
}

Result<RefusedRows> read_terms(Row row) {
    const bool is_of_load = row.integer() != 0;
    const bool keeps = row.integer() != 0;
    RefusedRows terms{.rows = {},
                      .is_of_load = is_of_load,
                      .known_keys = keeps ? KnownKeys::keep : KnownKeys::replace};
    if (row.integer() != 0) {
        TRY_ASSIGN(const auto whole, read_file_id(row));
        terms.whole = WholeFile{.id = whole, .slices = {}};
    } else {
        static_cast<void>(row.text());
    }
    terms.covered_owner = row.text();
    terms.covered = row.text();
    terms.earlier_waiting = row.unsigned_integer();
    return terms;
}

Result<std::vector<Slice>> slices_of_whole(Database& database, FileId whole) {
    static const auto sql = fmt::format(
        "SELECT {} FROM slices WHERE file IN"
        " (SELECT id FROM files WHERE whole = ?1 AND whole <> '') ORDER BY id",
        kSliceColumns);
    TRY_ASSIGN(auto query, database.query(sql, to_string(whole)));
    return read_all<Slice>(std::move(query), read_slice);
}

Result<RefusedRows> terms_of(Database& database, FileId file) {
    TRY_ASSIGN(auto query,
               database.query(
                   "SELECT load > 0, keeps_known_keys, whole <> '', whole, coalesce(owner, ''),"
                   " coalesce(positions, ''), CASE WHEN owner IS NULL THEN 0 ELSE"
                   " (SELECT count(*) FROM files AS o WHERE o.sink = f.sink AND o.id < f.id"
                   " AND o.state NOT IN ('imported', 'discarded'))"
                   " + (SELECT count(*) FROM files AS p WHERE p.whole = f.whole AND p.whole <> ''"
                   " AND p.id > f.id AND p.state NOT IN ('imported', 'discarded')) END"
                   " FROM files AS f LEFT JOIN covered_positions AS c ON c.file = f.id"
                   " WHERE f.id = ?1",
                   to_string(file)));
    TRY_ASSIGN(const auto found, read_one<RefusedRows>(std::move(query), read_terms));
    return found.value_or(RefusedRows{});
}

}  // namespace

Result<RefusedRows> RefusedRowTable::refused_rows(FileId file) {
    return connections_.read([&](Database& database) -> Result<RefusedRows> {
        TRY_ASSIGN(auto refused, terms_of(database, file));
        TRY_ASSIGN(auto query, database.query("SELECT slice, row, reason, bytes FROM refused_rows"
                                              " WHERE file = ?1 ORDER BY slice, row",
                                              to_string(file)));
        TRY_ASSIGN(refused.rows, read_all<RefusedRow>(std::move(query), read_refused));
        if (auto& whole = refused.whole) {
            TRY_ASSIGN(whole->slices, slices_of_whole(database, whole->id));
        }
        return refused;
    });
}

Result<void> RefusedRowTable::record_refused(FileId file, const std::vector<RefusedRow>& rows) {
    return connections_.write([&](Database& database) -> Result<void> {
        TRY_ASSIGN(const auto state, require_file(database, file));
        TRY_ASSIGN(const auto terms, terms_of(database, file));
        const bool is_whole = terms.is_of_load;
        const bool waits = state == FileState::closing || state == FileState::importing;
        if (!waits || is_whole) {
            return Error(Code::conflict, fmt::format("file {} is {}{}, so no row of it is left out",
                                                     to_string(file), to_string(state),
                                                     is_whole ? " and of a load" : ""));
        }
        for (const auto& row : rows) {
            TRY(database.run(
                "INSERT OR IGNORE INTO refused_rows"
                " (file, slice, row, reason, bytes, text)"
                " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                to_string(file), to_string(row.slice), row.row, row.reason, row.bytes, row.text));
        }
        return {};
    });
}

Result<void> reject_refused_rows(Database& database, FileId file) {
    const auto id = to_string(file);
    TRY_ASSIGN(const auto count,
               database.number("SELECT count(*) FROM refused_rows WHERE file = ?1", id));
    if (count == 0) return {};
    static const auto insert = fmt::format(
        "INSERT INTO rejects (sink, arrived_at, expires_at, error, message, column_name, client_ip,"
        " content_type, headers, body, bytes, origin, once) SELECT sink, arrived_at, ?3, error,"
        " message, '', '', '', '', body, bytes, origin, once FROM {} WHERE true",
        kAsRejects);
    static const auto add_up = fmt::format(
        "INSERT INTO reject_totals (sink, count, bytes, refused_count, refused_bytes)"
        " SELECT sink, count(*), sum(bytes), count(*), sum(bytes) FROM {} WHERE true GROUP BY sink"
        " ON CONFLICT (sink) DO UPDATE SET count = count + excluded.count,"
        " bytes = bytes + excluded.bytes, refused_count = refused_count + excluded.refused_count,"
        " refused_bytes = refused_bytes + excluded.refused_bytes",
        kAsRejects);
    TRY(database.run(insert, id, error_names::kImportRowRefused, kNeverExpires.ms));
    TRY(database.run(add_up, id, error_names::kImportRowRefused));
    TRY(database.run("UPDATE files SET refused = ?2 WHERE id = ?1", id, count));
    return forget_refused_rows(database, file);
}

Result<void> forget_refused_rows(Database& database, FileId file) {
    TRY(database.run("DELETE FROM refused_rows WHERE file = ?1", to_string(file)));
    return {};
}

}  // namespace millrace::catalog
