#pragma once
// lacking_rights(): what the role of the session may not do with schemas, ledgers and tables that
// sinks write to; a sentence each, with the statement that helps. Changes nothing.
//
// Errors  those of Connection::run()
// See     docs/backends.md, PostgreSQL

#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/model/table_id.h"
#include "storage/target/postgres/pg_connection.h"

namespace millrace::postgres {

struct LackingRights {
    std::vector<std::string> of_imports;  // files of these tables wait for them
    std::vector<std::string> of_roles;    // sinks of these get no role of their own
};

Result<LackingRights> lacking_rights(Connection& connection, const std::vector<TableId>& tables);

}  // namespace millrace::postgres
