#include "storage/catalog/overviews.h"

#include <string_view>
#include <utility>

#include "storage/catalog/file_catalog_rows.h"
#include "storage/catalog/rows.h"

namespace millrace::catalog {
namespace {

using sqlite::Database;
using sqlite::Row;

// The conditions are those of partial indexes, word for word: what is imported costs nothing. The
// indexes are named, since one of all rows would spare a sort.
constexpr std::string_view kImports =
    "SELECT f.sink, f.mapping, f.id, f.retry_attempt, f.retry_reason, f.retry_after,"
    " (SELECT coalesce(sum(rows), 0) FROM slices WHERE file = f.id),"
    " (SELECT coalesce(min(first_at), 0) FROM slices WHERE file = f.id AND rows > 0)"
    " FROM files AS f INDEXED BY files_closed_of_sink"
    " WHERE f.state IN ('closing', 'importing') AND f.retry_attempt > 0"
    " ORDER BY f.retry_attempt DESC, f.id LIMIT ?1";

constexpr std::string_view kUploads =
    "SELECT sink, mapping, file, max(retry_attempt), retry_reason, retry_after, sum(rows),"
    " min(first_at) FROM slices INDEXED BY slices_due"
    " WHERE state IN ('closing', 'uploading') AND retry_attempt > 0"
    " AND file NOT IN (SELECT id FROM files WHERE state = 'setAside')"
    " GROUP BY file ORDER BY 4 DESC, file LIMIT ?1";

constexpr std::string_view kSetAside =
    "SELECT f.sink, f.mapping, f.id, 0, f.aside_reason, 0,"
    " (SELECT coalesce(sum(rows), 0) FROM slices WHERE file = f.id),"
    " (SELECT coalesce(min(first_at), 0) FROM slices WHERE file = f.id AND rows > 0)"
    " FROM files AS f INDEXED BY files_set_aside WHERE f.state = 'setAside'"
    " ORDER BY f.id LIMIT ?1";

Result<void> add_stuck(Database& database, std::string_view sql, StuckFile::Why why,
                       std::uint32_t most, std::vector<StuckFile>& stuck) {
    TRY_ASSIGN(auto query, database.query(sql, most));
    TRY_ASSIGN(auto files,
               read_all<StuckFile>(std::move(query), [why](Row row) -> Result<StuckFile> {
                   StuckFile file;
                   file.why = why;
                   file.owner.sink = SinkNumber(row.unsigned_integer());
                   file.owner.mapping = MappingVersion(row.unsigned32());
                   TRY_ASSIGN(file.file, read_file_id(row));
                   file.attempts = row.unsigned32();
                   file.reason = row.text();
                   file.next_try = WallTime{row.integer()};
                   file.rows = row.unsigned_integer();
                   file.oldest = WallTime{row.integer()};
                   return file;
               }));
    for (auto& file : files) stuck.push_back(std::move(file));
    return {};
}

struct CountRow {
    std::string what;
    std::uint64_t count = 0;
};

Result<std::vector<CountRow>> read_counts(sqlite::Query query) {
    return read_all<CountRow>(std::move(query), [](Row row) -> Result<CountRow> {
        CountRow read;
        read.what = row.text();
        read.count = row.unsigned_integer();
        return read;
    });
}

Result<FileCounts> count_files(Database& database) {
    TRY_ASSIGN(auto query, database.query("SELECT state, count(*) FROM files"
                                          " WHERE state NOT IN ('imported', 'discarded')"
                                          " GROUP BY state"));
    TRY_ASSIGN(const auto rows, read_counts(std::move(query)));
    FileCounts files;
    for (const auto& [state, count] : rows) {
        if (state == to_string(FileState::closing)) files.closing = count;
        if (state == to_string(FileState::importing)) files.importing = count;
        if (state == to_string(FileState::set_aside)) files.set_aside = count;
    }
    return files;
}

Result<DefinitionCounts> count_definitions(Database& database, ProjectId project, BranchId branch) {
    TRY_ASSIGN(
        auto query,
        database.query("SELECT 'sources', coalesce(sum(active), 0) FROM source_counts"
                       " WHERE project = ?1 AND branch = ?2"
                       " UNION ALL SELECT 'deletedSources', coalesce(sum(deleted), 0)"
                       " FROM source_counts WHERE project = ?1 AND branch = ?2"
                       " UNION ALL SELECT 'sinks', count(*) FROM sinks"
                       " WHERE project = ?1 AND branch = ?2 AND deleted IS NULL"
                       " UNION ALL SELECT 'disabledSinks', count(*) FROM sinks"
                       " WHERE project = ?1 AND branch = ?2 AND deleted IS NULL"
                       " AND disabled IS NOT NULL"
                       " UNION ALL SELECT 'tasks', count(*) FROM tasks WHERE status = 'processing'",
                       project.value, branch.value));
    TRY_ASSIGN(const auto rows, read_counts(std::move(query)));
    DefinitionCounts counts;
    for (const auto& [what, count] : rows) {
        if (what == "sources") counts.sources = count;
        if (what == "deletedSources") counts.deleted_sources = count;
        if (what == "sinks") counts.sinks = count;
        if (what == "disabledSinks") counts.disabled_sinks = count;
        if (what == "tasks") counts.tasks_running = count;
    }
    return counts;
}

Result<void> count_rejects(Database& database, CatalogOverview& overview) {
    TRY_ASSIGN(auto query, database.query("SELECT coalesce(sum(count), 0), coalesce(sum(bytes), 0)"
                                          " FROM reject_totals"));
    TRY(query->step());
    auto row = query.row();
    overview.rejects = row.unsigned_integer();
    overview.reject_bytes = row.unsigned_integer();
    return {};
}

}  // namespace

Result<CatalogOverview> Overviews::overview(ProjectId project, BranchId branch,
                                            std::uint32_t stuck_max) {
    return connections_.read([&](Database& database) -> Result<CatalogOverview> {
        using Why = StuckFile::Why;
        CatalogOverview overview;
        TRY(add_stuck(database, kImports, Why::import, stuck_max, overview.stuck));
        TRY(add_stuck(database, kUploads, Why::upload, stuck_max, overview.stuck));
        TRY(add_stuck(database, kSetAside, Why::set_aside, stuck_max, overview.stuck));
        TRY_ASSIGN(overview.files, count_files(database));
        TRY_ASSIGN(overview.definitions, count_definitions(database, project, branch));
        TRY(count_rejects(database, overview));
        return overview;
    });
}

Result<std::vector<WaitingRows>> Overviews::waiting_rows() {
    return connections_.read([](Database& database) -> Result<std::vector<WaitingRows>> {
        TRY_ASSIGN(auto query,
                   database.query("SELECT sink, mapping,"
                                  " CASE WHEN state = 'uploaded' THEN staging ELSE '' END,"
                                  " count(DISTINCT file), sum(rows), min(first_at)"
                                  " FROM slices INDEXED BY slices_waiting"
                                  " WHERE state NOT IN ('imported', 'discarded') AND rows > 0"
                                  " AND file NOT IN (SELECT id FROM files WHERE state = 'setAside')"
                                  " GROUP BY 1, 2, 3"));
        return read_all<WaitingRows>(std::move(query), [](Row row) -> Result<WaitingRows> {
            WaitingRows waiting;
            waiting.owner.sink = SinkNumber(row.unsigned_integer());
            waiting.owner.mapping = MappingVersion(row.unsigned32());
            waiting.staging = StagingName(row.text());
            waiting.files = row.unsigned_integer();
            waiting.rows = row.unsigned_integer();
            waiting.oldest = WallTime{row.integer()};
            return waiting;
        });
    });
}

}  // namespace millrace::catalog
