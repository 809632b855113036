#include "storage/target/postgres/pg_rights.h"

#include <fmt/format.h>

#include <optional>
#include <set>
#include <string_view>

#include "storage/target/postgres/names.h"
#include "storage/target/postgres/pg_ledger.h"

namespace millrace::postgres {
namespace {

constexpr std::string_view kRights = "SELECT, INSERT, UPDATE, DELETE";

struct SchemaRights {
    bool may_use = false;
    bool may_create = false;
    bool may_grant = false;
};

struct TableRights {
    std::string owner;
    bool is_own = false;  // the role is its owner, or a member of that
    bool hides_rows = false;
    bool may_write = false;
    bool may_grant = false;
};

class Look {
public:
    explicit Look(Connection& connection) : connection_(connection) {}

    Result<LackingRights> at(const std::vector<TableId>& tables) {
        TRY_ASSIGN(const auto asked,
                   connection_.run("SELECT current_user,"
                                   " has_database_privilege(current_database(), 'CREATE')"));
        user_ = asked.text(0, 0);
        may_make_schemas_ = asked.boolean(0, 1);
        std::set<std::string, std::less<>> usable;
        std::set<std::string, std::less<>> seen;
        for (const auto& table : tables) {
            const std::string bucket(table.bucket());
            if (seen.insert(bucket).second) {
                TRY_ASSIGN(const bool is_usable, schema(bucket));
                if (is_usable) usable.insert(bucket);
            }
            if (usable.contains(bucket)) TRY(look_at_table(table));
        }
        return std::move(lacking_);
    }

private:
    // Whether its tables are worth a look.
    Result<bool> schema(const std::string& name) {
        TRY_ASSIGN(const auto found, find_schema(name));
        if (!found) {
            if (!may_make_schemas_) {
                lack_import(
                    "the schema {} is not there, and \"{}\" may not make it; run CREATE "
                    "SCHEMA {} AUTHORIZATION {}",
                    name, user_, quoted_name(name), quoted_name(user_));
            }
            return false;
        }
        if (!found->may_use) {
            lack_import("\"{}\" may not use the schema {}; run GRANT USAGE ON SCHEMA {} TO {}",
                        user_, name, quoted_name(name), quoted_name(user_));
            return false;
        }
        may_create_ = found->may_create;
        if (!found->may_grant) {
            lack_role(
                "\"{}\" may not grant USAGE of the schema {}; make it the owner, or let it "
                "have that WITH GRANT OPTION",
                user_, name);
        }
        TRY(ledger(name));
        return true;
    }

    Result<void> ledger(const std::string& bucket) {
        TRY_ASSIGN(const auto found, find_table(bucket, kLedger));
        const auto name = qualified(bucket, kLedger);
        if (!found) {
            if (!may_create_) lack_create(bucket, kLedger);
            return {};
        }
        const auto own = fmt::format("run ALTER TABLE {} OWNER TO {}", name, quoted_name(user_));
        if (found->hides_rows) {
            lack_import(
                "{} belongs to \"{}\" and hides from \"{}\" what other roles have "
                "imported; {}",
                name, found->owner, user_, own);
        } else if (!found->may_write) {
            lack_write(name);
        } else if (!found->is_own) {
            lack_role(
                "{} belongs to \"{}\": \"{}\" cannot hide its rows from the roles of sinks; "
                "{}",
                name, found->owner, user_, own);
        }
        return {};
    }

    Result<void> look_at_table(const TableId& table) {
        TRY_ASSIGN(const auto found, find_table(table.bucket(), table.table()));
        if (!found) {
            if (!may_create_) lack_create(table.bucket(), table.table());
            return {};
        }
        if (!found->may_write) {
            lack_write(qualified(table));
        } else if (!found->is_own && !found->may_grant) {
            lack_role(
                "\"{}\" may not grant {} ON {}; make it the owner, or let it have that WITH GRANT "
                "OPTION",
                user_, kRights, qualified(table));
        }
        return {};
    }

    Result<std::optional<SchemaRights>> find_schema(const std::string& name) {
        TRY_ASSIGN(const auto rows,
                   connection_.run("SELECT has_schema_privilege(oid, 'USAGE'),"
                                   " has_schema_privilege(oid, 'CREATE'),"
                                   " has_schema_privilege(oid, 'USAGE WITH GRANT OPTION')"
                                   " FROM pg_namespace WHERE nspname = $1",
                                   {name}));
        if (rows.size() == 0) return std::optional<SchemaRights>();
        return std::optional(SchemaRights{.may_use = rows.boolean(0, 0),
                                          .may_create = rows.boolean(0, 1),
                                          .may_grant = rows.boolean(0, 2)});
    }

    // Nothing, too, of what is no table: the comparison of its columns tells that.
    Result<std::optional<TableRights>> find_table(std::string_view schema, std::string_view name) {
        TRY_ASSIGN(
            const auto rows,
            connection_.run("SELECT pg_get_userbyid(c.relowner), pg_has_role(c.relowner, 'USAGE'),"
                            " row_security_active(c.oid),"
                            " has_table_privilege(c.oid, 'SELECT')"
                            " AND has_table_privilege(c.oid, 'INSERT')"
                            " AND has_table_privilege(c.oid, 'UPDATE')"
                            " AND has_table_privilege(c.oid, 'DELETE'),"
                            " has_table_privilege(c.oid, 'SELECT WITH GRANT OPTION')"
                            " AND has_table_privilege(c.oid, 'INSERT WITH GRANT OPTION')"
                            " AND has_table_privilege(c.oid, 'UPDATE WITH GRANT OPTION')"
                            " AND (has_table_privilege(c.oid, 'DELETE WITH GRANT OPTION')"
                            " OR NOT EXISTS (SELECT FROM pg_index"
                            " WHERE indrelid = c.oid AND indisunique))"
                            " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
                            " WHERE n.nspname = $1 AND c.relname = $2",
                            {std::string(schema), std::string(name)}));
        if (rows.size() == 0) return std::optional<TableRights>();
        return std::optional(TableRights{.owner = std::string(rows.text(0, 0)),
                                         .is_own = rows.boolean(0, 1),
                                         .hides_rows = rows.boolean(0, 2),
                                         .may_write = rows.boolean(0, 3),
                                         .may_grant = rows.boolean(0, 4)});
    }

    void lack_create(std::string_view schema, std::string_view table) {
        lack_import(
            "{} is not there, and \"{}\" may not make it; make it beforehand, or run GRANT "
            "CREATE ON SCHEMA {} TO {}",
            qualified(schema, table), user_, quoted_name(schema), quoted_name(user_));
    }
    void lack_write(const std::string& table) {
        lack_import("\"{}\" may not write {}; run GRANT {} ON {} TO {}", user_, table, kRights,
                    table, quoted_name(user_));
    }
    template <typename... Args>
    void lack_import(fmt::format_string<Args...> text, Args&&... args) {
        lacking_.of_imports.push_back(fmt::format(text, std::forward<Args>(args)...));
    }
    template <typename... Args>
    void lack_role(fmt::format_string<Args...> text, Args&&... args) {
        lacking_.of_roles.push_back(fmt::format(text, std::forward<Args>(args)...));
    }

    Connection& connection_;
    std::string user_;
    bool may_make_schemas_ = false;
    bool may_create_ = false;  // in the schema that is looked at
    LackingRights lacking_;
};

}  // namespace

Result<LackingRights> lacking_rights(Connection& connection, const std::vector<TableId>& tables) {
    return Look(connection).at(tables);
}

}  // namespace millrace::postgres
