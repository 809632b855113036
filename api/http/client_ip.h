#pragma once
// The client's address as the text of `ip` columns, the same for both planes.

#include <string>
#include <string_view>

namespace millrace::http {

// An IPv4 address that came through an IPv6 socket, "::ffff:10.0.0.1", is "10.0.0.1"; others stay.
std::string client_ip(std::string_view address);

}  // namespace millrace::http
