#include "api/console/console_resource.h"

#include <memory>

#include "api/console/console_assets.h"
#include "api/console/session_endpoints.h"

namespace millrace::console {

using control::Call;
using control::Response;

void add_console(control::Router& router, const control::ResourceParts& parts,
                 const ConsolePorts& ports) {
    const auto assets = std::make_shared<const ConsoleAssets>(console_files());
    const auto add_page = [&](const char* pattern) {
        router.add("GET", pattern, control::Access::open,
                   [assets](const Call& call) { return assets->answer(call.request); });
    };
    // What the page names is relative to the slash.
    router.add("GET", "/console", control::Access::open, [](const Call&) -> Result<Response> {
        return Response{
            .status = 301, .body = "", .content_type = "", .headers = {{"Location", "/console/"}}};
    });
    add_page("/console/{*rest}");
    add_session_endpoints(
        router, std::make_shared<const ConsoleApi>(ConsoleApi{.parts = parts, .ports = ports}));
}

}  // namespace millrace::console
