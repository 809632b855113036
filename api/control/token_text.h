#pragma once
// The text of API tokens. The catalog knows only a digest of it (api/access/token_digest.h).

#include <string>

#include "core/definitions/random_text.h"

namespace millrace::control {

// "millrace_" and 48 random characters (285 bits), so that a plain digest is as good as a slow one.
std::string make_token_text(definitions::RandomText& random);

}  // namespace millrace::control
