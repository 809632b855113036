#pragma once
// Which values of Host are surely this service, and not a name that someone else lets resolve to
// it.
//
// A page in a browser can read whatever answers under its own name, and its owner can let that name
// resolve to 127.0.0.1 (DNS rebinding). The browser then says the page's name in Host. What needs
// no token and is not for everybody is therefore answered under known names only.

#include <string_view>

namespace millrace::control {

// True for addresses, names without a dot, localhost, and the host of `api_url`. True without a
// Host too: a browser always sends one.
bool is_known_host(std::string_view host, std::string_view api_url);

}  // namespace millrace::control
