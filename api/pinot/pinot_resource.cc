#include "api/pinot/pinot_resource.h"

#include "api/pinot/consumption_endpoints.h"
#include "api/pinot/document_endpoints.h"
#include "api/pinot/query_endpoints.h"

namespace millrace::pinot {

void add_pinot(control::Router& router, const control::ResourceParts& parts,
               const PinotPorts& ports) {
    const auto api = std::make_shared<const PinotApi>(parts, ports);
    add_schema_endpoints(router, api);
    add_table_endpoints(router, api);
    add_table_config_endpoints(router, api);
    add_consumption_endpoints(router, api);
    add_query_endpoints(router, api);
}

}  // namespace millrace::pinot
