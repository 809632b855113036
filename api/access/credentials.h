#pragma once
// Credentials: what the header `Authorization` of a request holds.

#include <optional>
#include <string>
#include <string_view>

namespace millrace::access {

struct Credentials {
    std::string user;      // empty with `Bearer`
    std::string password;  // or the token
};

// The token of `Bearer TOKEN` (RFC 6750 2.1), the scheme in any case; empty if it is no such thing.
std::string_view bearer_token(std::string_view authorization);

// RFC 7617 `Basic` and RFC 6750 `Bearer`; the scheme in any case. Nothing for any other scheme, and
// for what is no Base64 of "user:password".
std::optional<Credentials> parse_credentials(std::string_view authorization);

}  // namespace millrace::access
