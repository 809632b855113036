#pragma once
// Tokens: the API tokens in catalog.sqlite.

#include "core/ports/token_catalog.h"
#include "storage/catalog/connections.h"

namespace millrace::catalog {

class Tokens : public TokenCatalog {
public:
    explicit Tokens(Connections& connections) : connections_(connections) {}

    Result<bool> add_token(const ApiToken& token, std::uint64_t limit) override;
    Result<std::optional<ApiToken>> find_token(ProjectId project,
                                               const std::string& digest) override;
    Result<Page<ApiToken>> tokens(ProjectId project, const PageRequest& page) override;
    Result<bool> delete_token(ProjectId project, const TokenId& id) override;

private:
    Connections& connections_;
};

}  // namespace millrace::catalog
