#include "storage/catalog/known_backends.h"

#include <utility>

#include "storage/catalog/rows.h"
#include "storage/catalog/staging_marks.h"

namespace millrace::catalog {
namespace {

using sqlite::Database;
using sqlite::Row;

using TableOfTarget = std::pair<TargetName, TableId>;

Result<TableOfTarget> read_table(Row row) {
    TargetName target(row.text());
    TRY_ASSIGN(auto table, TableId::parse(row.text()));
    return TableOfTarget(std::move(target), std::move(table));
}

Result<std::string> read_token(Row row) {
    return row.text();
}

}  // namespace

Result<KnownBackends> read_known_backends(Database& database) {
    KnownBackends known;
    TRY_ASSIGN(known.marks, read_staging_marks(database));
    TRY_ASSIGN(auto epoch, database.query("SELECT token FROM installation"));
    TRY_ASSIGN(auto token, read_one<std::string>(std::move(epoch), read_token));
    if (token) known.token = std::move(*token);
    TRY_ASSIGN(auto query, database.query("SELECT DISTINCT target, table_id FROM sinks"
                                          " WHERE deleted IS NULL ORDER BY target, table_id"));
    TRY_ASSIGN(auto tables, read_all<TableOfTarget>(std::move(query), read_table));
    for (auto& [target, table] : tables) known.tables[target].push_back(std::move(table));
    TRY_ASSIGN(auto of_enabled,
               database.query("SELECT DISTINCT target, table_id FROM sinks WHERE deleted IS NULL"
                              " AND disabled IS NULL ORDER BY target, table_id"));
    TRY_ASSIGN(auto enabled, read_all<TableOfTarget>(std::move(of_enabled), read_table));
    for (auto& [target, table] : enabled) known.enabled[target].push_back(std::move(table));
    return known;
}

}  // namespace millrace::catalog
