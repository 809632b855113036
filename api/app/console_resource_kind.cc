#include "api/app/console_resource_kind.h"

#include "api/console/console_resource.h"

namespace millrace {

ResourceKind console_resource_kind() {
    return {.make = [](const ResourcePorts& ports) {
        const auto& config = ports.config;
        const console::ConsolePorts own{.has_tls = !config.api_tls.certificate.empty() ||
                                                   config.tls_self_signed == "yes"};
        return [own](control::Router& router, const control::ResourceParts& parts) {
            console::add_console(router, parts, own);
        };
    }};
}

}  // namespace millrace
