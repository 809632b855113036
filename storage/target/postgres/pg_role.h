#pragma once
// Roles of sinks in the database.
//
// The role of the dsn owns schemas, tables and the ledger, and makes and alters them. A schema has
// a group, without a login, that may use the schema, write those of its tables that sinks write to,
// and add rows to its ledger; and each sink a role with a login, that is in the group of the schema
// of its table. So a sink of a schema may write the tables of all sinks of it, and a change of a
// table concerns no role.
//
// Everything but may_make_roles() is inside a transaction of pg_change.h.
//
// Errors  those of Connection::run(); conflict: the role of the dsn may not, with the remedy
// See     docs/adr/0029-a-role-for-each-sink.md

#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/base/secret.h"
#include "core/model/table_id.h"
#include "storage/target/postgres/pg_connection.h"
#include "storage/target/postgres/role_names.h"

namespace millrace::postgres {

// Whether the role of the session may create roles.
Result<bool> may_make_roles(Connection& connection);

// A conflict, with what helps.
Error may_make_no_roles();

struct SinkRole {
    std::string name;
    std::string description;
    Secret password;
    TableId table;  // is there, as are its schema and ledger
};

// Makes it and its group, or lets those that are there be as they should be: also in no other group
// of ours. Ledger rows of others are hidden from it.
Result<void> make_sink_role(Connection& connection, const SinkRole& role, const RoleNames& names);

// Drops it, and its group where that has no other. Fine if it is not there.
// Errors  conflict: something of the database belongs to it
Result<void> drop_sink_role(Connection& connection, const std::string& role,
                            const RoleNames& names);

// All roles of sinks, by name.
Result<std::vector<std::string>> sink_roles(Connection& connection, const RoleNames& names);

}  // namespace millrace::postgres
