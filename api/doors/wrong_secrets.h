#pragma once
// What a sender is told whose URL has a wrong source or secret: who guesses is slowed down, as with
// API tokens (api/access/wrong_tokens.h). A right secret is never asked about this.
//
// Thread  any.

#include <string>

#include "api/access/wrong_tokens.h"
#include "core/base/error.h"
#include "core/base/time.h"

namespace millrace::doors {

struct RefusedSecret {
    Error error;
    Milliseconds wait{0};  // for Retry-After; 0: none
};

// `error`: why the request is not admitted. Another one than that nothing was found stays, and is
// not counted. `wrong`: null: nothing is counted.
RefusedSecret refused_secret(const Error& error, access::WrongTokens* wrong,
                             const std::string& client_ip);

}  // namespace millrace::doors
