#include "storage/catalog/coverage_table.h"

#include "storage/catalog/rows.h"

namespace millrace::catalog {

using sqlite::Database;

Result<void> CoverageTable::record_covered(const CoveredPositions& covered) {
    const auto owner = covered_owner(covered.source, covered.sink);
    return connections_.write_unsynced([&](Database& database) -> Result<void> {
        TRY(database.run(
            "INSERT OR IGNORE INTO covered_positions (file, sink, owner, positions)"
            " VALUES (?1, ?2, ?3, ?4)",
            to_string(covered.file), covered.sink.value, owner, print_covered(covered.positions)));
        TRY(
            database.run("DELETE FROM covered_positions WHERE sink = ?1 AND file < ?2"
                         " AND file NOT IN (SELECT id FROM files WHERE sink = ?1"
                         " AND state NOT IN ('imported', 'discarded'))",
                         covered.sink.value, to_string(covered.file)));
        return {};
    });
}

Result<std::vector<SourcePosition>> CoverageTable::newest_covered(const Fingerprint& source,
                                                                  SinkNumber sink) {
    return connections_.read([&](Database& database) -> Result<std::vector<SourcePosition>> {
        TRY_ASSIGN(auto query, database.query("SELECT positions FROM covered_positions"
                                              " WHERE sink = ?1 AND owner = ?2"
                                              " ORDER BY file DESC LIMIT 1",
                                              sink.value, covered_owner(source, sink)));
        TRY_ASSIGN(const bool found, query->step());
        if (!found) return std::vector<SourcePosition>();
        return parse_covered(query.row().text(), source);
    });
}

}  // namespace millrace::catalog
