#pragma once
// Percent-encoding as Signature V4 wants it: everything but [A-Za-z0-9-._~], in capitals.
//
// See  RFC 3986 2.3; AWS General Reference, "Create a canonical request".

#include <string>
#include <string_view>

namespace millrace::s3 {

enum class Slash { encoded, kept };

// Paths keep their slashes, names and values of a query do not.
std::string uri_encode(std::string_view text, Slash slash);

}  // namespace millrace::s3
