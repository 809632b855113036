#pragma once
// /v1/tokens: the API tokens of the project.

#include "api/control/router.h"
#include "api/control/scope.h"
#include "core/definitions/random_text.h"
#include "core/ports/token_catalog.h"

namespace millrace::control {

// What it works with; all must outlive the router.
struct TokensApi {
    const Scope& scope;
    TokenCatalog& tokens;
    definitions::RandomText& random;
};
void add_tokens(Router& router, const TokensApi& api);

}  // namespace millrace::control
