#include "api/app/postgres_target_kind.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>

#include "api/log/log.h"
#include "core/base/duration.h"
#include "core/base/shown_text.h"
#include "storage/os/private_file.h"
#include "storage/target/postgres/names.h"
#include "storage/target/postgres/pg_probe.h"
#include "storage/target/postgres/pg_rights.h"
#include "storage/target/postgres/pg_role.h"
#include "storage/target/postgres/postgres_target.h"

namespace millrace {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kDsnFileBytesMax = 64 << 10;
constexpr std::size_t kConnectionsMax = 100;
// An entry of its B-trees has at most 2,704 bytes (a third of a page), its head and paddings too.
constexpr std::uint64_t kKeyBytesMax = 2600;
// A database that is away holds up the start for no longer.
constexpr Milliseconds kProbeMax = 1s;

Result<Milliseconds> duration_option(const BackendPlace& place, std::string_view name,
                                     std::string otherwise, Milliseconds min, Milliseconds max) {
    const auto text = place.option(name, std::move(otherwise));
    const auto parsed = parse_duration(text);
    if (parsed.ok() && parsed.value() >= min && parsed.value() <= max) return parsed.value();
    return Error(Code::invalid,
                 fmt::format("{} must be a time from {} to {}, such as \"10s\", but is "
                             "\"{}\"",
                             name, format_duration(min), format_duration(max), text));
}

Result<std::size_t> connections_of(const BackendPlace& place) {
    const auto text = place.option("connections", "8");
    std::size_t count = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), count);
    const bool is_number = failure == std::errc() && end == text.data() + text.size();
    if (!is_number || count < 1 || count > kConnectionsMax) {
        return Error(Code::invalid,
                     fmt::format("connections must be a number from 1 to {}, but is \"{}\"",
                                 kConnectionsMax, text));
    }
    TRY_ASSIGN(const auto imports, imports_of(place));
    if (imports <= count) return count;
    return Error(Code::invalid,
                 fmt::format("imports is {}, but there are {} connections: each import has one; "
                             "give it as many connections at least",
                             imports, count));
}

Result<std::string> dsn_of(const BackendPlace& place) {
    const auto path = place.option("dsn-file", "");
    auto dsn = place.option("dsn", "");
    if (dsn.empty() == path.empty()) {
        return Error(Code::invalid,
                     "a target of kind \"postgres\" needs one of dsn and dsn-file, such as dsn = "
                     "\"host=db.example dbname=warehouse user=millrace\"");
    }
    if (!path.empty()) {
        TRY_ASSIGN(dsn, os::read_small_file(path, kDsnFileBytesMax).in("dsn-file"));
        dsn.erase(std::find_if_not(dsn.rbegin(), dsn.rend(),
                                   [](char c) { return c == '\n' || c == '\r' || c == ' '; })
                      .base(),
                  dsn.end());
    }
    TRY(postgres::check_dsn(dsn));
    return dsn;
}

Result<postgres::RoleUse> roles_of(const BackendPlace& place) {
    const auto text = place.option("roles", "auto");
    if (text == "off") return postgres::RoleUse::off;
    if (text == "auto") return postgres::RoleUse::automatic;
    if (text == "on") return postgres::RoleUse::on;
    return Error(Code::invalid,
                 fmt::format("roles must be \"auto\", \"on\" or \"off\", but is \"{}\"", text));
}

void tell_refused_role(const SinkToken& refused) {
    log::warn("sink_role_refused", {{"target", refused.target.value},
                                    {"source", refused.key.source.source.value},
                                    {"sink", refused.key.sink.value},
                                    {"cause", refused.reason},
                                    {"message", "the sink writes as the role of the dsn"}});
}

std::optional<postgres::RoleOptions> role_options(const BackendPlace& place,
                                                  postgres::RoleUse use) {
    if (place.roles == nullptr) return std::nullopt;
    return postgres::RoleOptions{.use = use,
                                 .target = TargetName(place.name),
                                 .tokens = place.roles->tokens,
                                 .clock = place.roles->clock,
                                 .random = place.roles->random,
                                 .tell_refused = tell_refused_role};
}

// A database that is down, or refuses us, keeps no other target from starting.
void tell_unusable(const BackendPlace& place, postgres::ConnectOptions options,
                   postgres::RoleUse use) {
    options.connect_timeout = std::min(options.connect_timeout, kProbeMax);
    auto probe = postgres::Connection::open(options, nullptr);
    if (probe.ok() && use == postgres::RoleUse::automatic) {
        const auto may = postgres::may_make_roles(probe.value());
        if (may.ok() && !may.value()) {
            log::info(
                "sink_roles_unused",
                {{"target", place.name}, {"message", postgres::may_make_no_roles().client_text()}});
        }
    }
    if (probe.ok()) return;
    log::error("target_unreachable",
               {{"target", place.name},
                {"cause", probe.error().operator_text()},
                {"message", "its files wait, and are imported once it can be reached"}});
}

Result<postgres::ConnectOptions> connect_options(const BackendPlace& place) {
    postgres::ConnectOptions options;
    TRY_ASSIGN(options.dsn, dsn_of(place));
    TRY_ASSIGN(options.connect_timeout,
               duration_option(place, "connect-timeout", "5s", 100ms, 1min));
    TRY_ASSIGN(options.statement_timeout,
               duration_option(place, "statement-timeout", "1h", 1s, 24h));
    options.lock_timeout = std::min<Milliseconds>(options.lock_timeout, options.statement_timeout);
    return options;
}

// Whether each sink has a role of its own, for the end of a sentence.
Result<std::string> tell_roles(postgres::Connection& connection, postgres::RoleUse use) {
    if (use == postgres::RoleUse::off) return std::string("; roles of sinks are off");
    TRY_ASSIGN(const bool may, postgres::may_make_roles(connection));
    if (may) return std::string("; each sink writes as a role of its own");
    auto none = postgres::may_make_no_roles();
    if (use == postgres::RoleUse::on) return none;
    return "; sinks write as that: " + none.client_text();
}

std::string shown(const std::vector<std::string>& lacking) {
    ShownList list("; ");
    for (const auto& one : lacking) list.add(one);
    return list.text();
}

// What sinks that are there cannot have, for the end of a sentence.
// Errors  conflict: files of theirs wait for it
Result<std::string> tell_rights(postgres::Connection& connection,
                                const std::vector<TableId>& tables, postgres::RoleUse use) {
    TRY_ASSIGN(const auto lacking, postgres::lacking_rights(connection, tables));
    if (!lacking.of_imports.empty()) return Error(Code::conflict, shown(lacking.of_imports));
    if (use == postgres::RoleUse::off || lacking.of_roles.empty()) return std::string();
    TRY_ASSIGN(const bool may_make_roles, postgres::may_make_roles(connection));
    if (!may_make_roles) return std::string();
    if (use == postgres::RoleUse::on) return Error(Code::conflict, shown(lacking.of_roles));
    return "; but some sinks write as that: " + shown(lacking.of_roles);
}

// What it says of itself, and whether its role may make schemas: without that somebody makes them
// beforehand, which is fine too.
Result<std::string> try_out(const BackendPlace& place) {
    TRY_ASSIGN(const auto options, connect_options(place));
    TRY(connections_of(place));
    TRY_ASSIGN(const auto use, roles_of(place));
    TRY_ASSIGN(auto connection, postgres::Connection::open(options, nullptr));
    TRY(postgres::require_writes(connection));
    TRY_ASSIGN(const auto asked,
               connection.run("SELECT current_database(), current_user,"
                              " current_setting('server_version'),"
                              " has_database_privilege(current_database(), 'CREATE')"));
    TRY_ASSIGN(const auto roles, tell_roles(connection, use));
    TRY_ASSIGN(const auto rights, tell_rights(connection, place.its_tables, use));
    return fmt::format("PostgreSQL {}, database \"{}\" as \"{}\", which {} make schemas{}{}",
                       asked.text(0, 2), asked.text(0, 0), asked.text(0, 1),
                       asked.boolean(0, 3) ? "may" : "may not", roles, rights);
}

Result<std::unique_ptr<Target>> open_with(const BackendPlace& place) {
    TRY_ASSIGN(auto options, connect_options(place));
    postgres::PoolLimits limits;
    TRY_ASSIGN(limits.connections_max, connections_of(place));
    TRY_ASSIGN(const auto use, roles_of(place));
    tell_unusable(place, options, use);
    return std::unique_ptr<Target>(std::make_unique<postgres::PostgresTarget>(
        std::move(options), limits, role_options(place, use)));
}

Result<std::unique_ptr<Target>> open(const BackendPlace& place) {
    return open_with(place).in("target " + place.name);
}

void add_metrics(MetricsText& text, std::span<Target* const> targets) {
    std::uint64_t sum = 0;
    for (const auto* target : targets) {
        sum += dynamic_cast<const postgres::PostgresTarget&>(*target).connections();
    }
    text.family("millrace_target_connections", "gauge", "Connections to PostgreSQL, used or idle.");
    text.sample({}, sum);
}

}  // namespace

TargetKind postgres_target_kind() {
    return {
        .config = {.name = "postgres",
                   .sentence = "A PostgreSQL database, with a schema for each bucket.",
                   .options = {{.name = "dsn",
                                .placeholder = "DSN",
                                .sentence =
                                    "how to connect, as libpq has it; TLS by sslmode in it"},
                               {.name = "dsn-file",
                                .placeholder = "FILE",
                                .sentence = "a file with the dsn, instead of it: for passwords"},
                               {.name = "connections",
                                .placeholder = "N",
                                .sentence = "so many at most; 8 without it. Idle ones are closed"},
                               {.name = "roles",
                                .placeholder = "WHETHER",
                                .sentence = "each sink writes as a role of its own: auto (where "
                                            "roles can be made), on or off; auto without it"},
                               {.name = "connect-timeout",
                                .placeholder = "TIME",
                                .sentence = "for a connection to be made; 5s without it"},
                               imports_option(),
                               {.name = "statement-timeout",
                                .placeholder = "TIME",
                                .sentence =
                                    "for a statement, such as the copy of a file; 1h without it"}}},
        .check_table = postgres::check_table_name,
        .open = open,
        .look = nullptr,
        .values = {.is_strict = true, .key_bytes_max = kKeyBytesMax},
        .has_many_writers = true,
        .add_metrics = add_metrics,
        .check = try_out};
}

}  // namespace millrace
