#include "storage/catalog/tokens.h"

#include <fmt/format.h>

#include <string_view>
#include <vector>

#include "storage/catalog/json.h"
#include "storage/catalog/rows.h"

namespace millrace::catalog {
namespace {

using sqlite::Database;
using sqlite::Row;

#define TOKEN_COLUMNS "project, id, digest, description, role, buckets, created"

// Names of buckets have no comma.
std::vector<std::string> split_buckets(std::string_view text) {
    std::vector<std::string> buckets;
    while (!text.empty()) {
        const auto end = text.find(',');
        buckets.emplace_back(text.substr(0, end));
        text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    }
    return buckets;
}

Result<ApiToken> read_token(Row row) {
    ApiToken token;
    token.project = ProjectId(row.unsigned32());
    token.id = TokenId(row.text());
    token.digest = row.text();
    token.description = row.text();
    const auto role = row.text();
    const auto known = token_role_from(role);
    if (!known) {
        return Error(Code::corrupt,
                     fmt::format("token {} is of role \"{}\"", token.id.value, role));
    }
    token.role = *known;
    token.buckets = split_buckets(row.text());
    TRY_ASSIGN(token.created, decode_stamp(row.text()));
    return token;
}

}  // namespace

Result<bool> Tokens::add_token(const ApiToken& token, std::uint64_t limit) {
    return connections_.write([&](Database& database) -> Result<bool> {
        TRY_ASSIGN(
            const auto added,
            database.run("INSERT INTO api_tokens (" TOKEN_COLUMNS
                         ") SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7"
                         " WHERE (SELECT count(*) FROM api_tokens WHERE project = ?1) < ?8",
                         token.project.value, token.id.value, token.digest, token.description,
                         to_string(token.role), fmt::to_string(fmt::join(token.buckets, ",")),
                         encode(token.created), limit));
        return added == 1;
    });
}

Result<std::optional<ApiToken>> Tokens::find_token(ProjectId project, const std::string& digest) {
    return connections_.read([&](Database& database) -> Result<std::optional<ApiToken>> {
        TRY_ASSIGN(auto query, database.query("SELECT " TOKEN_COLUMNS
                                              " FROM api_tokens WHERE digest = ?1 AND project = ?2",
                                              digest, project.value));
        return read_one<ApiToken>(std::move(query), read_token);
    });
}

Result<Page<ApiToken>> Tokens::tokens(ProjectId project, const PageRequest& page) {
    return connections_.read([&](Database& database) -> Result<Page<ApiToken>> {
        Page<ApiToken> result;
        TRY_ASSIGN(auto query,
                   database.query("SELECT " TOKEN_COLUMNS " FROM api_tokens WHERE project = ?1"
                                  " AND id > ?2 ORDER BY id LIMIT ?3",
                                  project.value, page.after_id, page.limit));
        TRY_ASSIGN(result.items, read_all<ApiToken>(std::move(query), read_token));
        TRY_ASSIGN(
            const auto total,
            database.number("SELECT count(*) FROM api_tokens WHERE project = ?1", project.value));
        result.total_count = static_cast<std::uint64_t>(total);
        return result;
    });
}

Result<bool> Tokens::delete_token(ProjectId project, const TokenId& id) {
    return connections_.write([&](Database& database) -> Result<bool> {
        TRY_ASSIGN(const auto deleted,
                   database.run("DELETE FROM api_tokens WHERE project = ?1 AND id = ?2",
                                project.value, id.value));
        return deleted == 1;
    });
}

}  // namespace millrace::catalog
