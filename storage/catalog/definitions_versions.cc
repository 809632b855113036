// The part of Definitions that reads versions.

#include "storage/catalog/definitions.h"
#include "storage/catalog/json.h"
#include "storage/catalog/rows.h"

namespace millrace::catalog {
namespace {

using sqlite::Database;
using sqlite::Row;

Result<Version> read_version(Row row) {
    return decode_version(row.text());
}

}  // namespace

Result<Page<Version>> Definitions::source_versions(const SourceKey& source,
                                                   const VersionPageRequest& page) {
    return connections_.read([&](Database& database) -> Result<Page<Version>> {
        Page<Version> result;
        TRY_ASSIGN(auto query,
                   database.query("SELECT json_extract(definition, '$.version')"
                                  " FROM source_versions WHERE project = ?1 AND branch = ?2"
                                  " AND source = ?3 AND number > ?4 ORDER BY number LIMIT ?5",
                                  source.project.value, source.branch.value, source.source.value,
                                  page.after, page.limit));
        TRY_ASSIGN(result.items, read_all<Version>(std::move(query), read_version));
        TRY_ASSIGN(const auto total,
                   database.number("SELECT count(*) FROM source_versions WHERE project = ?1"
                                   " AND branch = ?2 AND source = ?3 AND number > ?4",
                                   source.project.value, source.branch.value, source.source.value,
                                   page.after));
        result.total_count = static_cast<std::uint64_t>(total);
        return result;
    });
}

Result<Page<Version>> Definitions::sink_versions(SinkNumber sink, const VersionPageRequest& page) {
    return connections_.read([&](Database& database) -> Result<Page<Version>> {
        Page<Version> result;
        TRY_ASSIGN(auto query, database.query("SELECT json_extract(definition, '$.version')"
                                              " FROM sink_versions WHERE sink = ?1"
                                              " AND number > ?2 ORDER BY number LIMIT ?3",
                                              sink.value, page.after, page.limit));
        TRY_ASSIGN(result.items, read_all<Version>(std::move(query), read_version));
        TRY_ASSIGN(const auto total, database.number("SELECT count(*) FROM sink_versions"
                                                     " WHERE sink = ?1 AND number > ?2",
                                                     sink.value, page.after));
        result.total_count = static_cast<std::uint64_t>(total);
        return result;
    });
}

Result<std::optional<Source>> Definitions::find_source_version(const SourceKey& source,
                                                               std::uint32_t number) {
    return connections_.read([&](Database& database) -> Result<std::optional<Source>> {
        TRY_ASSIGN(
            auto query,
            database.query("SELECT definition FROM source_versions WHERE project = ?1"
                           " AND branch = ?2 AND source = ?3 AND number = ?4",
                           source.project.value, source.branch.value, source.source.value, number));
        return read_one<Source>(std::move(query),
                                [](Row row) { return decode_source_definition(row.text()); });
    });
}

Result<std::optional<Sink>> Definitions::find_sink_version(SinkNumber sink, std::uint32_t number) {
    return connections_.read([&](Database& database) -> Result<std::optional<Sink>> {
        TRY_ASSIGN(auto query, database.query("SELECT definition FROM sink_versions"
                                              " WHERE sink = ?1 AND number = ?2",
                                              sink.value, number));
        return read_one<Sink>(std::move(query),
                              [](Row row) { return decode_sink_definition(row.text()); });
    });
}

}  // namespace millrace::catalog
