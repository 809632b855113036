#include "storage/catalog/sink_token_table.h"

#include <fmt/format.h>

#include <array>
#include <string>
#include <utility>

#include "storage/catalog/rows.h"

namespace millrace::catalog {
namespace {

using sqlite::Database;
using sqlite::Row;

#define SINK_TOKEN_COLUMNS                                                                     \
    "target, sink, project, branch, source, sink_id, table_id, state, role, password, reason," \
    " changed_at"

constexpr std::array kStates = {SinkTokenState::due, SinkTokenState::ready,
                                SinkTokenState::refused};

Result<SinkTokenState> state_from(const std::string& text) {
    for (const auto state : kStates) {
        if (to_string(state) == text) return state;
    }
    return Error(Code::corrupt, fmt::format("a token of a sink is \"{}\"", text));
}

// The password as it is in the row.
Result<SinkToken> read_sealed(Row row) {
    SinkToken token;
    token.target = TargetName(row.text());
    token.sink = SinkNumber(row.unsigned_integer());
    token.key.source.project = ProjectId(row.unsigned32());
    token.key.source.branch = BranchId(row.unsigned32());
    token.key.source.source = SourceId(row.text());
    token.key.sink = SinkId(row.text());
    TRY_ASSIGN(token.table, TableId::parse(row.text()));
    TRY_ASSIGN(token.state, state_from(row.text()));
    token.role = row.text();
    token.password = Secret(row.text());
    token.reason = row.text();
    token.changed_at = WallTime{row.integer()};
    return token;
}

Result<SinkToken> without_password(Row row) {
    TRY_ASSIGN(auto token, read_sealed(row));
    token.password = Secret();
    return token;
}

Result<std::optional<SinkToken>> open_one(sqlite::Query query, const SecretStore& secrets) {
    TRY_ASSIGN(auto token, read_one<SinkToken>(std::move(query), read_sealed));
    if (token && !token->password.expose().empty()) {
        TRY_ASSIGN(token->password, secrets.open(sink_token_purpose(token->target, token->sink),
                                                 token->password.expose()));
    }
    return token;
}

}  // namespace

std::string sink_token_purpose(const TargetName& target, SinkNumber sink) {
    return fmt::format("sinkToken/{}/{}", target.value, sink.value);
}

Result<std::optional<SinkToken>> SinkTokens::sink_token(const TargetName& target, SinkNumber sink) {
    return connections_.read([&](Database& database) -> Result<std::optional<SinkToken>> {
        TRY_ASSIGN(auto query, database.query("SELECT " SINK_TOKEN_COLUMNS
                                              " FROM sink_tokens WHERE target = ?1 AND sink = ?2",
                                              target.value, sink.value));
        return open_one(std::move(query), secrets_);
    });
}

Result<std::optional<SinkToken>> SinkTokens::sink_token_of_file(const TargetName& target,
                                                                FileId file) {
    return connections_.read([&](Database& database) -> Result<std::optional<SinkToken>> {
        TRY_ASSIGN(auto query,
                   database.query("SELECT " SINK_TOKEN_COLUMNS
                                  " FROM sink_tokens WHERE target = ?1 AND sink ="
                                  " (SELECT f.sink FROM files AS f WHERE f.id = ?2 AND f.load = 0)",
                                  target.value, to_string(file)));
        return open_one(std::move(query), secrets_);
    });
}

Result<std::vector<SinkToken>> SinkTokens::sink_tokens_of(const TargetName& target) {
    return connections_.read([&](Database& database) -> Result<std::vector<SinkToken>> {
        TRY_ASSIGN(auto query, database.query("SELECT " SINK_TOKEN_COLUMNS
                                              " FROM sink_tokens WHERE target = ?1 ORDER BY sink",
                                              target.value));
        return read_all<SinkToken>(std::move(query), without_password);
    });
}

Result<Page<SinkToken>> SinkTokens::shown_sink_tokens(ProjectId project, const PageRequest& page) {
    constexpr std::string_view kShown =
        " FROM sink_tokens AS t WHERE project = ?1 AND EXISTS"
        " (SELECT 1 FROM sinks AS s WHERE s.number = t.sink AND s.deleted IS NULL)";
    return connections_.read([&](Database& database) -> Result<Page<SinkToken>> {
        Page<SinkToken> result;
        TRY_ASSIGN(auto query,
                   database.query(fmt::format("SELECT {0}{1}"
                                              " AND source || '/' || sink_id || '/' || target > ?2"
                                              " ORDER BY source || '/' || sink_id || '/' || target"
                                              " LIMIT ?3",
                                              SINK_TOKEN_COLUMNS, kShown),
                                  project.value, page.after_id, page.limit));
        TRY_ASSIGN(result.items, read_all<SinkToken>(std::move(query), without_password));
        TRY_ASSIGN(const auto total,
                   database.number(fmt::format("SELECT count(*){}", kShown), project.value));
        result.total_count = static_cast<std::uint64_t>(total);
        return result;
    });
}

Result<void> SinkTokens::save_sink_token(const SinkToken& token) {
    const auto sealed =
        token.password.expose().empty()
            ? std::string()
            : secrets_.seal(sink_token_purpose(token.target, token.sink), token.password);
    return connections_.write([&](Database& database) -> Result<void> {
        TRY(database.run("INSERT OR REPLACE INTO sink_tokens (" SINK_TOKEN_COLUMNS
                         ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
                         token.target.value, token.sink.value, token.key.source.project.value,
                         token.key.source.branch.value, token.key.source.source.value,
                         token.key.sink.value, token.table.text(), to_string(token.state),
                         token.role, sealed, token.reason, token.changed_at.unix_ms));
        return {};
    });
}

Result<void> SinkTokens::remove_sink_token(const TargetName& target, SinkNumber sink) {
    return connections_.write([&](Database& database) -> Result<void> {
        TRY(database.run("DELETE FROM sink_tokens WHERE target = ?1 AND sink = ?2", target.value,
                         sink.value));
        return {};
    });
}

Result<std::vector<SinkToken>> SinkTokens::unused_sink_tokens(const TargetName& target,
                                                              WallTime before) {
    return connections_.read([&](Database& database) -> Result<std::vector<SinkToken>> {
        TRY_ASSIGN(
            auto query,
            database.query("SELECT " SINK_TOKEN_COLUMNS
                           " FROM sink_tokens AS t WHERE target = ?1 AND changed_at < ?2"
                           " AND NOT EXISTS (SELECT 1 FROM sinks AS s WHERE s.number = t.sink"
                           " AND s.deleted IS NULL AND s.target = t.target) ORDER BY sink",
                           target.value, before.unix_ms));
        return read_all<SinkToken>(std::move(query), without_password);
    });
}

Result<void> SinkTokens::add_missing_sink_tokens(const TargetName& target, WallTime now) {
    return connections_.write([&](Database& database) -> Result<void> {
        TRY(database.run("INSERT INTO sink_tokens (" SINK_TOKEN_COLUMNS
                         ") SELECT target, number, project, branch, source, id, table_id, 'due',"
                         " '', '', '', ?2 FROM sinks AS s WHERE target = ?1 AND deleted IS NULL"
                         " AND NOT EXISTS (SELECT 1 FROM sink_tokens AS t WHERE t.sink = s.number"
                         " AND t.target = s.target)",
                         target.value, now.unix_ms));
        return {};
    });
}

Result<std::string> SinkTokens::role_space(const std::string& wanted) {
    return connections_.write([&](Database& database) -> Result<std::string> {
        TRY(database.run("INSERT OR IGNORE INTO role_space (one, name) VALUES (1, ?1)", wanted));
        TRY_ASSIGN(auto query, database.query("SELECT name FROM role_space"));
        TRY_ASSIGN(auto found, read_one<std::string>(std::move(query), [](Row row) {
                       return Result<std::string>(row.text());
                   }));
        return std::move(found).value_or(wanted);
    });
}

}  // namespace millrace::catalog
