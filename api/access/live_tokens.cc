#include "api/access/live_tokens.h"

#include <utility>

namespace millrace::access {
namespace {

constexpr std::uint32_t kReadAtOnce = 100;

}  // namespace

Result<std::unique_ptr<LiveTokens>> LiveTokens::read(TokenCatalog& catalog, ProjectId project) {
    ByDigest tokens;
    PageRequest page;
    page.limit = kReadAtOnce;
    while (true) {
        TRY_ASSIGN(auto found, catalog.tokens(project, page));
        if (found.items.empty()) break;
        page.after_id = found.items.back().id.value;
        for (auto& token : found.items) {
            auto digest = token.digest;
            tokens.emplace(std::move(digest), std::move(token));
        }
    }
    return std::unique_ptr<LiveTokens>(new LiveTokens(catalog, project, std::move(tokens)));
}

std::optional<ApiToken> LiveTokens::find(const std::string& digest) const {
    return tokens_.with([&](const ByDigest& tokens) -> std::optional<ApiToken> {
        const auto found = tokens.find(digest);
        if (found == tokens.end()) return std::nullopt;
        return found->second;
    });
}

Result<bool> LiveTokens::add_token(const ApiToken& token, std::uint64_t limit) {
    TRY_ASSIGN(const bool added, catalog_.add_token(token, limit));
    if (added && token.project == project_) {
        tokens_.with([&](ByDigest& tokens) { tokens.emplace(token.digest, token); });
    }
    return added;
}

Result<std::optional<ApiToken>> LiveTokens::find_token(ProjectId project,
                                                       const std::string& digest) {
    if (project != project_) return catalog_.find_token(project, digest);
    return find(digest);
}

Result<Page<ApiToken>> LiveTokens::tokens(ProjectId project, const PageRequest& page) {
    return catalog_.tokens(project, page);
}

Result<bool> LiveTokens::delete_token(ProjectId project, const TokenId& id) {
    auto deleted = catalog_.delete_token(project, id);
    const bool nothing_happened = !deleted.ok() && deleted.error().code() == Code::unavailable;
    if (project == project_ && !nothing_happened) {
        tokens_.with([&](ByDigest& tokens) {
            std::erase_if(tokens, [&](const auto& token) { return token.second.id == id; });
        });
    }
    return deleted;
}

}  // namespace millrace::access
