#include "storage/catalog/reports.h"

#include <algorithm>
#include <limits>

#include "storage/catalog/file_catalog_rows.h"
#include "storage/catalog/rows.h"

namespace millrace::catalog {
namespace {

using sqlite::Database;
using sqlite::Row;

// A row for each file and state of its slices; a file without sealed slices has one row.
constexpr std::string_view kSelect =
    "SELECT imported_at, slice_state, slice_rows, slice_bytes, slice_staged, first_at, last_at,"
    " refused, {0} FROM (SELECT f.*, s.state AS slice_state, coalesce(sum(s.rows), 0) AS "
    "slice_rows,"
    " coalesce(sum(s.bytes), 0) AS slice_bytes,"
    " coalesce(sum(s.staged_bytes), 0) AS slice_staged,"
    " coalesce(min(s.first_at), 0) AS first_at, coalesce(max(s.last_at), 0) AS last_at"
    " FROM ({1}) AS f LEFT JOIN slices AS s ON s.file = f.id AND s.rows > 0"
    " GROUP BY f.id, s.state) ORDER BY id";

const std::string& select_files() {
    static const auto sql = fmt::format(
        kSelect, kFileColumns,
        "SELECT * FROM (SELECT * FROM files WHERE sink = ?1"
        " AND state NOT IN ('imported', 'discarded') AND state <> 'setAside'"
        " AND id >= ?2 ORDER BY id LIMIT ?3)"
        " UNION ALL SELECT * FROM (SELECT * FROM files WHERE sink = ?1 AND state = 'setAside'"
        " ORDER BY id LIMIT ?5)"
        " UNION ALL SELECT * FROM (SELECT * FROM files WHERE sink = ?1 AND state = 'discarded'"
        " AND id >= ?2 ORDER BY id DESC LIMIT ?4)"
        " UNION ALL SELECT * FROM (SELECT * FROM files WHERE sink = ?1 AND state = 'imported'"
        " AND id >= ?2 ORDER BY id DESC LIMIT ?4)");
    return sql;
}

const std::string& select_file() {
    static const auto sql =
        fmt::format(kSelect, kFileColumns, "SELECT * FROM files WHERE sink = ?1 AND id = ?2");
    return sql;
}

struct FileRow {
    FileReport report;
    std::string slice_state;  // empty: no slices
    LevelStatistics slices;
};

Result<FileRow> read_row(Row row) {
    FileRow read;
    if (const auto at = row.optional_integer()) read.report.imported_at = WallTime{*at};
    read.slice_state = row.optional_text().value_or("");
    read.slices.rows = row.unsigned_integer();
    read.slices.csv_bytes = row.unsigned_integer();
    read.slices.staged_bytes = row.unsigned_integer();
    read.slices.first_at = WallTime{row.integer()};
    read.slices.last_at = WallTime{row.integer()};
    read.report.refused_rows = row.unsigned_integer();
    TRY_ASSIGN(read.report.file, read_file(row));
    return read;
}

LevelStatistics& level_of(SinkStatistics& statistics, std::string_view slice_state) {
    if (slice_state == to_string(SliceState::imported)) return statistics.target;
    if (slice_state == to_string(SliceState::uploaded)) return statistics.staging;
    if (slice_state == to_string(SliceState::discarded)) return statistics.discarded;
    return statistics.local;
}

struct SliceRetry {
    FileId file;
    Retry retry;
};

Result<SliceRetry> read_slice_retry(Row row) {
    SliceRetry read;
    TRY_ASSIGN(read.file, read_file_id(row));
    read.retry.attempt = row.unsigned32();
    read.retry.reason = row.text();
    read.retry.after = WallTime{row.integer()};
    return read;
}

// A file whose slices cannot be uploaded has not failed itself, and yet it does not get on.
Result<void> add_slice_retries(Database& database, SinkNumber sink,
                               std::vector<FileReport>& reports) {
    TRY_ASSIGN(auto query,
               database.query("SELECT file, retry_attempt, retry_reason, retry_after FROM slices"
                              " WHERE sink = ?1 AND state IN ('closing', 'uploading')"
                              " AND retry_attempt > 0",
                              sink.value));
    TRY_ASSIGN(const auto retries, read_all<SliceRetry>(std::move(query), read_slice_retry));
    for (const auto& [file, retry] : retries) {
        const auto found = std::find_if(reports.begin(), reports.end(),
                                        [&](const auto& report) { return report.file.id == file; });
        if (found == reports.end() || retry.attempt <= found->file.retry.attempt) continue;
        found->file.retry = retry;
    }
    return {};
}

Result<FileId> read_shown_from(Database& database, SinkNumber sink) {
    TRY_ASSIGN(
        auto query,
        database.query("SELECT first_file FROM statistics_resets WHERE sink = ?1", sink.value));
    TRY_ASSIGN(const auto first,
               read_one<FileId>(std::move(query), [](Row row) { return read_file_id(row); }));
    return first.value_or(FileId{});
}

// The first record of what comes after is not known yet: mark_imported() takes the smaller one.
Result<void> reset(Database& database, SinkNumber sink, const Instant& now) {
    TRY(
        database.run("INSERT OR REPLACE INTO statistics_resets"
                     " (sink, at, first_file, rows, csv_bytes, staged_bytes) VALUES (?1, ?2, ?3,"
                     " coalesce((SELECT rows FROM target_totals WHERE sink = ?1), 0),"
                     " coalesce((SELECT csv_bytes FROM target_totals WHERE sink = ?1), 0),"
                     " coalesce((SELECT staged_bytes FROM target_totals WHERE sink = ?1), 0))",
                     sink.value, now.wall.unix_ms, to_string(make_uuid_v7(now.age, 0, 0))));
    TRY(database.run("UPDATE target_totals SET first_at = ?2 WHERE sink = ?1", sink.value,
                     std::numeric_limits<std::int64_t>::max()));
    return {};
}

Result<std::vector<FileReport>> read_reports(Database& database, SinkNumber sink,
                                             sqlite::Query query) {
    TRY_ASSIGN(const auto rows, read_all<FileRow>(std::move(query), read_row));
    std::vector<FileReport> reports;
    for (const auto& row : rows) {
        if (reports.empty() || reports.back().file.id != row.report.file.id) {
            reports.push_back(row.report);
        }
        level_of(reports.back().statistics, row.slice_state).add(row.slices);
        if (row.slice_state == to_string(SliceState::imported)) {
            reports.back().statistics.target.rows -= row.report.refused_rows;
        }
    }
    TRY(add_slice_retries(database, sink, reports));
    return reports;
}

}  // namespace

Result<std::vector<FileReport>> Reports::files_of(SinkNumber sink, const FileSelection& selection) {
    return connections_.read([&](Database& database) -> Result<std::vector<FileReport>> {
        FileId first;
        if (selection.since_reset) {
            TRY_ASSIGN(first, read_shown_from(database, sink));
        }
        TRY_ASSIGN(auto query, database.query(select_files(), sink.value, to_string(first),
                                              selection.waiting_max, selection.imported_max,
                                              selection.set_aside_max));
        return read_reports(database, sink, std::move(query));
    });
}

Result<std::optional<FileReport>> Reports::file_of(SinkNumber sink, FileId file) {
    return connections_.read([&](Database& database) -> Result<std::optional<FileReport>> {
        TRY_ASSIGN(auto query, database.query(select_file(), sink.value, to_string(file)));
        TRY_ASSIGN(auto reports, read_reports(database, sink, std::move(query)));
        if (reports.empty()) return std::optional<FileReport>();
        return std::optional(std::move(reports.front()));
    });
}

Result<FileId> Reports::shown_from(SinkNumber sink) {
    return connections_.read([&](Database& database) { return read_shown_from(database, sink); });
}

Result<void> Reports::reset_statistics(const std::vector<SinkNumber>& sinks, const Instant& now) {
    return connections_.write([&](Database& database) -> Result<void> {
        for (const auto sink : sinks) TRY(reset(database, sink, now));
        return {};
    });
}

}  // namespace millrace::catalog
