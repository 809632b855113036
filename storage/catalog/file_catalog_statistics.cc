// The part of FileTables that counts. One statement reads all levels, so a row that moves between
// two of them meanwhile is counted exactly once.

#include "storage/catalog/file_tables.h"
#include "storage/catalog/rows.h"

namespace millrace::catalog {
namespace {

using sqlite::Database;
using sqlite::Row;

struct LevelRow {
    SinkNumber sink;
    std::string level;
    LevelStatistics statistics;
};

// Few files are set aside, so looking for a slice among them costs little.
constexpr std::string_view kLevels =
    "SELECT sink, CASE WHEN state = 'uploaded' THEN 'staging' ELSE 'local' END AS level,"
    " sum(rows), sum(bytes), CASE WHEN state = 'uploaded' THEN sum(staged_bytes) ELSE 0 END,"
    " min(first_at), max(last_at)"
    " FROM slices WHERE state NOT IN ('imported', 'discarded') AND rows > 0"
    " AND file NOT IN (SELECT id FROM files WHERE state = 'setAside') {0} GROUP BY sink, state"
    " UNION ALL SELECT s.sink, 'setAside', sum(s.rows), sum(s.bytes), sum(s.staged_bytes),"
    " min(s.first_at), max(s.last_at)"
    " FROM files AS f CROSS JOIN slices AS s ON s.file = f.id"
    " WHERE f.state = 'setAside' AND s.rows > 0 {2} GROUP BY s.sink"
    " UNION ALL SELECT sink, 'discarded', sum(rows), sum(bytes), sum(staged_bytes),"
    " min(first_at), max(last_at)"
    " FROM slices WHERE state = 'discarded' AND rows > 0 {0} GROUP BY sink"
    " UNION ALL SELECT sink, 'target', rows, csv_bytes, staged_bytes, first_at, last_at"
    " FROM {1} WHERE true {0}"
    " UNION ALL SELECT sink, 'lost', sum(rows), 0, 0, 0, 0 FROM lost_rows WHERE true {0}"
    " GROUP BY sink ORDER BY 1";

// What the target had when the counts were reset is left out. It was part of the total then.
constexpr std::string_view kSinceReset =
    "(SELECT t.sink, t.rows - coalesce(r.rows, 0) AS rows,"
    " t.csv_bytes - coalesce(r.csv_bytes, 0) AS csv_bytes,"
    " t.staged_bytes - coalesce(r.staged_bytes, 0) AS staged_bytes, t.first_at, t.last_at"
    " FROM target_totals AS t LEFT JOIN statistics_resets AS r ON r.sink = t.sink)";

const std::string& select_of_sink() {
    static const auto sql = fmt::format(kLevels, "AND sink = ?1", kSinceReset, "AND f.sink = ?1");
    return sql;
}
const std::string& select_of_all() {
    static const auto sql = fmt::format(kLevels, "", "target_totals", "");
    return sql;
}

Result<LevelRow> read_level(Row row) {
    LevelRow level;
    level.sink = SinkNumber(row.unsigned_integer());
    level.level = row.text();
    level.statistics.rows = row.unsigned_integer();
    level.statistics.csv_bytes = row.unsigned_integer();
    level.statistics.staged_bytes = row.unsigned_integer();
    level.statistics.first_at = WallTime{row.integer()};
    level.statistics.last_at = WallTime{row.integer()};
    return level;
}

void add(SinkStatistics& statistics, const LevelRow& row) {
    if (row.level == "lost") {
        statistics.lost_rows += row.statistics.rows;
        return;
    }
    auto& level = row.level == "target"      ? statistics.target
                  : row.level == "staging"   ? statistics.staging
                  : row.level == "setAside"  ? statistics.set_aside
                  : row.level == "discarded" ? statistics.discarded
                                             : statistics.local;
    level.add(row.statistics);
}

}  // namespace

Result<SinkStatistics> FileTables::statistics(SinkNumber sink) {
    return connections_.read([&](Database& database) -> Result<SinkStatistics> {
        TRY_ASSIGN(auto query, database.query(select_of_sink(), sink.value));
        TRY_ASSIGN(const auto rows, read_all<LevelRow>(std::move(query), read_level));
        SinkStatistics statistics;
        for (const auto& row : rows) add(statistics, row);
        return statistics;
    });
}

Result<std::vector<FileCatalog::NumberedStatistics>> FileTables::all_statistics() {
    return connections_.read([&](Database& database) -> Result<std::vector<NumberedStatistics>> {
        TRY_ASSIGN(auto query, database.query(select_of_all()));
        TRY_ASSIGN(const auto rows, read_all<LevelRow>(std::move(query), read_level));
        std::vector<NumberedStatistics> all;
        for (const auto& row : rows) {
            if (all.empty() || all.back().sink != row.sink) all.push_back({row.sink, {}});
            add(all.back().statistics, row);
        }
        return all;
    });
}

Result<std::vector<FileCatalog::RowsToImport>> FileTables::rows_to_import() {
    return connections_.read([](Database& database) -> Result<std::vector<RowsToImport>> {
        TRY_ASSIGN(auto query, database.query("SELECT sink, mapping, sum(rows) FROM slices"
                                              " WHERE state NOT IN ('imported', 'discarded')"
                                              " GROUP BY sink, mapping"));
        return read_all<RowsToImport>(std::move(query), [](Row row) -> Result<RowsToImport> {
            RowsToImport waiting;
            waiting.sink.sink = SinkNumber(row.unsigned_integer());
            waiting.sink.mapping = MappingVersion(row.unsigned32());
            waiting.rows = row.unsigned_integer();
            return waiting;
        });
    });
}

Result<std::map<VolumeId, std::uint64_t>> FileTables::rows_to_import_by_volume() {
    using Rows = std::map<VolumeId, std::uint64_t>;
    return connections_.read([](Database& database) -> Result<Rows> {
        TRY_ASSIGN(auto query, database.query("SELECT volume, sum(rows) FROM slices"
                                              " WHERE state NOT IN ('imported', 'discarded')"
                                              " AND rows > 0"
                                              " GROUP BY volume"));
        using Entry = Rows::value_type;
        TRY_ASSIGN(const auto rows, read_all<Entry>(std::move(query), [](Row row) -> Result<Entry> {
                       auto volume = VolumeId(row.text());
                       return Entry(std::move(volume), row.unsigned_integer());
                   }));
        return Rows(rows.begin(), rows.end());
    });
}

}  // namespace millrace::catalog
