#include "storage/target/postgres/pg_role.h"

#include <fmt/format.h>

#include "storage/target/postgres/names.h"
#include "storage/target/postgres/pg_ledger.h"

namespace millrace::postgres {
namespace {

// standard_conforming_strings is on in our sessions.
std::string quoted_text(std::string_view text) {
    std::string quoted = "'";
    for (const char c : text) {
        if (c == '\'') quoted.push_back(c);
        quoted.push_back(c);
    }
    return quoted + '\'';
}

Result<bool> is_true(Connection& connection, const std::string& condition) {
    TRY_ASSIGN(const auto rows, connection.run("SELECT " + condition));
    return rows.boolean(0, 0);
}

Result<bool> has_role(Connection& connection, const std::string& role) {
    return is_true(connection, fmt::format("EXISTS (SELECT FROM pg_roles WHERE rolname = {})",
                                           quoted_text(role)));
}

std::vector<std::string> first_column(const Rows& rows) {
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < rows.size(); ++i) texts.emplace_back(rows.text(i, 0));
    return texts;
}

// Grants it where the group lacks it. A GRANT of who may grant nothing is no more than a warning.
Result<void> grant(Connection& connection, const std::string& group, const std::string& what,
                   const std::string& is_granted) {
    TRY_ASSIGN(const bool is_there, is_true(connection, is_granted));
    if (is_there) return {};
    TRY(connection.run(fmt::format("GRANT {} TO {}", what, quoted_name(group)))
            .in(fmt::format("grant {}", what)));
    TRY_ASSIGN(const bool is_done, is_true(connection, is_granted));
    if (is_done) return {};
    return Error(Code::conflict,
                 fmt::format("the role of the dsn may not grant {}; make it the owner, or let it "
                             "have that WITH GRANT OPTION",
                             what));
}

// Any of `privileges` is one call of has_table_privilege().
Result<void> grant_on_table(Connection& connection, const std::string& group,
                            const std::string& table, const std::vector<std::string>& privileges) {
    std::vector<std::string> conditions;
    for (const auto& privilege : privileges) {
        conditions.push_back(fmt::format("has_table_privilege({}, {}, '{}')", quoted_text(group),
                                         quoted_text(table), privilege));
    }
    return grant(connection, group, fmt::format("{} ON {}", fmt::join(privileges, ", "), table),
                 fmt::to_string(fmt::join(conditions, " AND ")));
}

// Of columns with a default that counts up; those of identity columns need no right.
Result<void> grant_sequences(Connection& connection, const std::string& group,
                             const TableId& table) {
    TRY_ASSIGN(
        const auto found,
        connection.run("SELECT quote_ident(n.nspname) || '.' || quote_ident(s.relname)"
                       " FROM pg_depend d JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'"
                       " JOIN pg_namespace n ON n.oid = s.relnamespace"
                       " WHERE d.classid = 'pg_class'::regclass AND d.deptype = 'a'"
                       " AND d.refclassid = 'pg_class'::regclass AND d.refobjid = $1::regclass",
                       {qualified(table)}));
    for (const auto& sequence : first_column(found)) {
        TRY(grant(connection, group, fmt::format("USAGE ON SEQUENCE {}", sequence),
                  fmt::format("has_sequence_privilege({}, {}, 'USAGE')", quoted_text(group),
                              quoted_text(sequence))));
    }
    return {};
}

// Who made a database may have taken these from PUBLIC.
Result<void> grant_database(Connection& connection, const std::string& group) {
    TRY_ASSIGN(const auto asked, connection.run("SELECT current_database()"));
    const auto database = std::string(asked.text(0, 0));
    for (const auto* privilege : {"CONNECT", "TEMPORARY"}) {
        TRY(grant(connection, group,
                  fmt::format("{} ON DATABASE {}", privilege, quoted_name(database)),
                  fmt::format("has_database_privilege({}, current_database(), '{}')",
                              quoted_text(group), privilege)));
    }
    return {};
}

Result<void> make_group(Connection& connection, const std::string& group, const TableId& table) {
    TRY_ASSIGN(const bool is_there, has_role(connection, group));
    if (!is_there) {
        TRY(connection.run(fmt::format("CREATE ROLE {} NOLOGIN", quoted_name(group))));
        TRY(connection.run(fmt::format(
            "COMMENT ON ROLE {} IS {}", quoted_name(group),
            quoted_text(fmt::format("[_internal] Stream Sinks of {}", table.bucket())))));
    }
    TRY(grant_database(connection, group));
    TRY(grant(connection, group, fmt::format("USAGE ON SCHEMA {}", quoted_name(table.bucket())),
              fmt::format("has_schema_privilege({}, {}, 'USAGE')", quoted_text(group),
                          quoted_text(table.bucket()))));
    TRY(grant_on_table(connection, group, qualified(table), {"SELECT", "INSERT", "UPDATE"}));
    TRY_ASSIGN(const bool has_key,
               is_true(connection, fmt::format("EXISTS (SELECT FROM pg_index WHERE indisunique"
                                               " AND indrelid = {}::regclass)",
                                               quoted_text(qualified(table)))));
    if (has_key) TRY(grant_on_table(connection, group, qualified(table), {"DELETE"}));
    TRY(grant_sequences(connection, group, table));
    TRY(hide_ledger_rows(connection, table.bucket()));
    return grant_on_table(connection, group, qualified(table.bucket(), kLedger),
                          {"SELECT", "INSERT"});
}

// The groups of ours that the role is in.
Result<std::vector<std::string>> groups_of(Connection& connection, const std::string& role,
                                           const RoleNames& names) {
    TRY_ASSIGN(const auto found,
               connection.run("SELECT g.rolname FROM pg_auth_members m"
                              " JOIN pg_roles g ON g.oid = m.roleid"
                              " JOIN pg_roles r ON r.oid = m.member"
                              " WHERE r.rolname = $1 AND starts_with(g.rolname::text, $2)",
                              {role, names.of_schemas()}));
    return first_column(found);
}

// What it was granted goes with it. One that cannot be dropped, as after a change of the database
// in the dsn, stays: nobody is in it.
Result<void> drop_unused_group(Connection& connection, const std::string& group) {
    TRY_ASSIGN(
        const bool is_used,
        is_true(connection, fmt::format("EXISTS (SELECT FROM pg_auth_members m"
                                        " JOIN pg_roles g ON g.oid = m.roleid"
                                        " JOIN pg_roles r ON r.oid = m.member"
                                        " WHERE g.rolname = {} AND r.rolname <> current_user)",
                                        quoted_text(group))));
    if (is_used) return {};
    TRY(connection.run("SAVEPOINT millrace_group"));
    const auto drop = [&]() -> Result<void> {
        const auto name = quoted_name(group);
        TRY(connection.run(fmt::format("GRANT {} TO CURRENT_USER", name)));
        TRY(connection.run(fmt::format("DROP OWNED BY {}", name)));
        TRY(connection.run(fmt::format("DROP ROLE {}", name)));
        return {};
    };
    if (drop().ok()) return {};
    TRY(connection.run("ROLLBACK TO SAVEPOINT millrace_group"));
    return {};
}

}  // namespace

Result<bool> may_make_roles(Connection& connection) {
    return is_true(connection,
                   "rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user");
}

Error may_make_no_roles() {
    return {Code::conflict,
            "the role of the dsn may not create roles for sinks; let it (ALTER ROLE ... "
            "CREATEROLE), or set the option roles = \"off\""};
}

Result<void> make_sink_role(Connection& connection, const SinkRole& role, const RoleNames& names) {
    const auto group = names.of_schema(role.table.bucket());
    TRY(make_group(connection, group, role.table));
    const auto name = quoted_name(role.name);
    TRY_ASSIGN(const auto verifier, connection.verifier_of(role.name, role.password));
    TRY_ASSIGN(const bool is_there, has_role(connection, role.name));
    TRY(connection.run(fmt::format("{} ROLE {} LOGIN INHERIT PASSWORD {} VALID UNTIL 'infinity'",
                                   is_there ? "ALTER" : "CREATE", name, quoted_text(verifier))));
    TRY(connection.run(
        fmt::format("COMMENT ON ROLE {} IS {}", name, quoted_text(role.description))));
    TRY(connection.run(fmt::format("GRANT {} TO {}", quoted_name(group), name)));
    TRY_ASSIGN(const auto groups, groups_of(connection, role.name, names));
    for (const auto& other : groups) {
        if (other == group) continue;
        TRY(connection.run(fmt::format("REVOKE {} FROM {}", quoted_name(other), name)));
        TRY(drop_unused_group(connection, other));
    }
    return {};
}

Result<void> drop_sink_role(Connection& connection, const std::string& role,
                            const RoleNames& names) {
    TRY_ASSIGN(const bool is_there, has_role(connection, role));
    if (!is_there) return {};
    TRY_ASSIGN(const auto groups, groups_of(connection, role, names));
    TRY(connection.run(fmt::format("DROP ROLE {}", quoted_name(role))));
    for (const auto& group : groups) TRY(drop_unused_group(connection, group));
    return {};
}

Result<std::vector<std::string>> sink_roles(Connection& connection, const RoleNames& names) {
    TRY_ASSIGN(const auto found,
               connection.run("SELECT rolname FROM pg_roles WHERE starts_with(rolname::text, $1)"
                              " ORDER BY rolname",
                              {names.of_sinks()}));
    return first_column(found);
}

}  // namespace millrace::postgres
