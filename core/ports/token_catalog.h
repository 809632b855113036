#pragma once
// TokenCatalog: the API tokens of projects.
//
// Thread   any; readers never wait for writers.
// Durable  every write is on disk when it returns: a deleted token never works again.
// Errors   unavailable; conflict where said

#include <cstdint>
#include <optional>
#include <string>

#include "core/base/result.h"
#include "core/model/api_token.h"
#include "core/ports/definition_catalog.h"

namespace millrace {

class TokenCatalog {
public:
    virtual ~TokenCatalog() = default;

    // False, and nothing is added, if the project has `limit` tokens already.
    // Errors  conflict: the id or the digest is taken
    virtual Result<bool> add_token(const ApiToken& token, std::uint64_t limit) = 0;

    // The token of that digest.
    virtual Result<std::optional<ApiToken>> find_token(ProjectId project,
                                                       const std::string& digest) = 0;

    virtual Result<Page<ApiToken>> tokens(ProjectId project, const PageRequest& page) = 0;

    // Returns whether it was there.
    virtual Result<bool> delete_token(ProjectId project, const TokenId& id) = 0;
};

}  // namespace millrace
