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

// RFC 7617 `Basic` and RFC 6750 `Bearer`; the scheme in any case. Nothing for any other scheme, and
// for what is no Base64 of "user:password".
std::optional<Credentials> parse_credentials(std::string_view authorization);

}  // namespace millrace::access
