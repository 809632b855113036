#pragma once
// /console/session: signing in with a token, who is signed in, and signing out.
//
// See  docs/console.md

#include <memory>

#include "api/console/console_resource.h"
#include "api/control/resource_parts.h"
#include "api/control/router.h"

namespace millrace::console {

struct ConsoleApi {
    const control::ResourceParts parts;
    const ConsolePorts ports;
};

void add_session_endpoints(control::Router& router, const std::shared_ptr<const ConsoleApi>& api);

}  // namespace millrace::console
