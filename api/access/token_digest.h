#pragma once
// The digest by which the catalog knows API tokens.

#include <string>
#include <string_view>

namespace millrace::access {

// SHA-256 in 64 hex digits. Tokens are long and random, so it is as good as a slow digest.
std::string token_digest(std::string_view text);

}  // namespace millrace::access
