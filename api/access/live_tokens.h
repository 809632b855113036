#pragma once
// LiveTokens: the API tokens of a project, found without waiting for the disk.
//
// Everybody adds and deletes tokens through it, so what it has is what the catalog has: a token
// that was deleted is not found from then on, by any thread. A project has a hundred at most.
//
// Thread   any.
// Durable  as TokenCatalog

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "core/base/guarded.h"
#include "core/ports/token_catalog.h"

namespace millrace::access {

class LiveTokens final : public TokenCatalog {
public:
    // Reads the tokens that there are.
    // Errors  those of the catalog
    static Result<std::unique_ptr<LiveTokens>> read(TokenCatalog& catalog, ProjectId project);

    // Of the project that was read.
    std::optional<ApiToken> find(const std::string& digest) const;

    Result<bool> add_token(const ApiToken& token, std::uint64_t limit) override;
    Result<std::optional<ApiToken>> find_token(ProjectId project,
                                               const std::string& digest) override;
    Result<Page<ApiToken>> tokens(ProjectId project, const PageRequest& page) override;
    // Whatever the catalog answers, the token is not found afterwards unless it says that it did
    // nothing.
    Result<bool> delete_token(ProjectId project, const TokenId& id) override;

private:
    using ByDigest = std::map<std::string, ApiToken>;

    LiveTokens(TokenCatalog& catalog, ProjectId project, ByDigest tokens)
        : catalog_(catalog), project_(project), tokens_(std::move(tokens)) {}

    TokenCatalog& catalog_;
    const ProjectId project_;
    Guarded<ByDigest> tokens_;
};

}  // namespace millrace::access
