#include "storage/catalog/catalog_summary.h"

#include <fmt/format.h>

#include <utility>

#include "storage/catalog/schema.h"

namespace millrace::catalog {
namespace {

constexpr std::string_view kCounts = R"sql(
SELECT 'sources', CASE WHEN deleted IS NOT NULL THEN 'deleted'
    WHEN disabled IS NOT NULL THEN 'disabled' ELSE 'active' END AS state, count(*), 0
    FROM sources GROUP BY state
UNION ALL SELECT 'sinks', CASE WHEN deleted IS NOT NULL THEN 'deleted'
    WHEN disabled IS NOT NULL THEN 'disabled' ELSE 'active' END AS state, count(*), 0
    FROM sinks GROUP BY state
UNION ALL SELECT 'files', state, count(*),
    coalesce(sum((SELECT sum(rows) FROM slices WHERE file = files.id)), 0)
    FROM files GROUP BY state
UNION ALL SELECT 'slices', state, count(*), sum(rows) FROM slices GROUP BY state
UNION ALL SELECT 'loads', state, count(*), sum(rows) FROM loads GROUP BY state
UNION ALL SELECT 'rejects', 'kept', count(*), count(*) FROM rejects HAVING count(*) > 0
UNION ALL SELECT 'lost rows', 'lost', count(*), sum(rows) FROM lost_rows HAVING count(*) > 0
)sql";

constexpr std::string_view kFile = R"sql(
SELECT files.id, coalesce(sinks.source || '/' || sinks.id, tables.table_id, '-'), files.state,
    files.slices, files.retry_attempt, files.retry_reason
    FROM files LEFT JOIN sinks ON sinks.number = files.sink
    LEFT JOIN tables ON tables.number = files.sink WHERE files.id = ?
)sql";

constexpr std::string_view kSlices = R"sql(
SELECT id, volume, state, bytes, rows, crc, is_local, staging_key, retry_reason
    FROM slices WHERE file = ? ORDER BY opened_at, id
)sql";

Result<SummarySlice> read_slice(sqlite::Row row) {
    SummarySlice slice;
    slice.id = row.text();
    slice.volume = row.text();
    const auto state = slice_state_from(row.text());
    if (!state) return Error(Code::corrupt, fmt::format("slice {} has an unknown state", slice.id));
    slice.state = *state;
    slice.content.bytes = row.unsigned_integer();
    slice.content.rows = row.unsigned_integer();
    slice.content.crc = row.unsigned32();
    slice.is_local = row.boolean();
    slice.staging_key = row.text();
    slice.reason = row.text();
    return slice;
}

}  // namespace

Result<CatalogSummary> CatalogSummary::open(const std::string& path) {
    TRY_ASSIGN(auto database, sqlite::Database::open(path, {.read_only = true}));
    TRY(require_newest_schema(database));
    return CatalogSummary(std::move(database));
}

Result<std::vector<std::string>> CatalogSummary::check() {
    TRY_ASSIGN(auto query, database_->query("PRAGMA quick_check"));
    std::vector<std::string> wrong;
    while (true) {
        TRY_ASSIGN(const bool found, query->step());
        if (!found) return wrong;
        auto text = query.row().text();
        if (text != "ok") wrong.push_back(std::move(text));
    }
}

Result<std::vector<CountedState>> CatalogSummary::counts() {
    TRY_ASSIGN(auto query, database_->query(kCounts));
    std::vector<CountedState> counts;
    while (true) {
        TRY_ASSIGN(const bool found, query->step());
        if (!found) return counts;
        auto row = query.row();
        auto& count = counts.emplace_back();
        count.what = row.text();
        count.state = row.text();
        count.count = row.unsigned_integer();
        count.rows = row.unsigned_integer();
    }
}

Result<std::vector<KnownVolume>> CatalogSummary::volumes() {
    TRY_ASSIGN(auto query, database_->query(
                               "SELECT volume, name, state, directory FROM volumes ORDER BY name"));
    std::vector<KnownVolume> volumes;
    while (true) {
        TRY_ASSIGN(const bool found, query->step());
        if (!found) return volumes;
        auto row = query.row();
        auto& volume = volumes.emplace_back();
        volume.id = row.text();
        volume.name = row.text();
        volume.state = row.text();
        volume.directory = row.text();
    }
}

Result<std::vector<std::string>> CatalogSummary::waiting_files(std::uint32_t limit) {
    TRY_ASSIGN(auto query,
               database_->query("SELECT id FROM files WHERE state NOT IN "
                                "('imported', 'discarded') ORDER BY opened_at, id LIMIT ?",
                                std::uint64_t{limit}));
    std::vector<std::string> files;
    while (true) {
        TRY_ASSIGN(const bool found, query->step());
        if (!found) return files;
        files.push_back(query.row().text());
    }
}

Result<std::optional<SummaryFile>> CatalogSummary::file(const std::string& id) {
    SummaryFile file;
    {
        TRY_ASSIGN(auto query, database_->query(kFile, id));
        TRY_ASSIGN(const bool found, query->step());
        if (!found) return std::optional<SummaryFile>();
        auto row = query.row();
        file.id = row.text();
        file.sink = row.text();
        file.state = row.text();
        file.slices = row.unsigned32();
        file.attempt = row.unsigned32();
        file.reason = row.text();
    }
    TRY_ASSIGN(auto query, database_->query(kSlices, id));
    while (true) {
        TRY_ASSIGN(const bool found, query->step());
        if (!found) return std::optional(std::move(file));
        TRY_ASSIGN(auto slice, read_slice(query.row()));
        file.known.push_back(std::move(slice));
    }
}

}  // namespace millrace::catalog
