#include "api/control/documentation_resource.h"

#include <array>
#include <string>
#include <string_view>

#include "api/control/api_errors.h"
#include "api/openapi/documentation_files.h"

namespace millrace::control {
namespace {

// The browser takes nothing from another host and shows the page in no other one, whose clicks
// would be on it; the page has styles within its elements.
constexpr const char* kContentPolicy =
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "frame-ancestors 'none'";

std::string_view content_type_of(std::string_view name) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kTypes = {{
        {".json", "application/json"},
        {".yaml", "application/yaml"},
        {".html", "text/html; charset=utf-8"},
        {".js", "text/javascript; charset=utf-8"},
        {".css", "text/css; charset=utf-8"},
    }};
    for (const auto& [ending, type] : kTypes) {
        if (name.ends_with(ending)) return type;
    }
    return "application/octet-stream";
}

Result<Response> file_answer(std::string_view name, const Request& request) {
    for (const auto& file : openapi::documentation_files()) {
        if (file.name != name) continue;
        return Response{.status = 200,
                        .body = std::string(file.bytes),
                        .content_type = std::string(content_type_of(name)),
                        .headers = {{"Content-Security-Policy", kContentPolicy},
                                    {"X-Frame-Options", "DENY"},
                                    {"X-Content-Type-Options", "nosniff"},
                                    {"Cache-Control", "no-cache"}}};
    }
    return endpoint_not_found(request.path);
}

}  // namespace

void add_documentation(Router& router) {
    // The links of the page are relative: its address ends with a slash.
    router.add("GET", "/v1/documentation", Access::open, [](const Call&) -> Result<Response> {
        return Response{.status = 301,
                        .body = "",
                        .content_type = "",
                        .headers = {{"Location", "/v1/documentation/"}}};
    });
    const auto add = [&](std::string_view pattern, std::string_view file) {
        router.add("GET", pattern, Access::open,
                   [file](const Call& call) { return file_answer(file, call.request); });
    };
    add("/v1/documentation/", "index.html");
    add("/v1/documentation/openapi.json", "openapi.json");
    add("/v1/documentation/openapi.yaml", "openapi.yaml");
    add("/v1/documentation/openapi3.json", "openapi.json");
    add("/v1/documentation/openapi3.yaml", "openapi.yaml");
    // Of the page; 404 in a build without it.
    add("/v1/documentation/start.js", "start.js");
    add("/v1/documentation/swagger-ui.css", "swagger-ui.css");
    add("/v1/documentation/swagger-ui-bundle.js", "swagger-ui-bundle.js");
}

}  // namespace millrace::control
