#pragma once
// /console/: the page with which people see and change what the REST API has, and the sessions that
// it signs in with. The page itself holds nothing, so everybody may have it.
//
// See  docs/console.md

#include "api/control/resource_parts.h"
#include "api/control/router.h"

namespace millrace::console {

struct ConsolePorts {
    bool has_tls = false;  // the port itself
};

void add_console(control::Router& router, const control::ResourceParts& parts,
                 const ConsolePorts& ports);

}  // namespace millrace::console
