#pragma once
// The text of API tokens, and the digest by which the catalog knows them.

#include <string>
#include <string_view>

#include "core/definitions/random_text.h"

namespace millrace::control {

// "millrace_" and 48 random characters (285 bits), so that a plain digest is as good as a slow one.
std::string make_token_text(definitions::RandomText& random);

// SHA-256 in 64 hex digits.
std::string token_digest(std::string_view text);

}  // namespace millrace::control
