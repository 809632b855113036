#pragma once
// The endpoints of documents: /schemas, /tables and /tableConfigs, with Pinot's answers.
//
// See  docs/pinot.md, "Documents"

#include "api/pinot/pinot_calls.h"

namespace millrace::pinot {

void add_schema_endpoints(control::Router& router, const std::shared_ptr<const PinotApi>& api);
void add_table_endpoints(control::Router& router, const std::shared_ptr<const PinotApi>& api);
void add_table_config_endpoints(control::Router& router,
                                const std::shared_ptr<const PinotApi>& api);

}  // namespace millrace::pinot
