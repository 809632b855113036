#pragma once
// The endpoints that control and show how tables are read: pause, resume, forced commits, segments.
//
// There are no segments here: what is shown as the consuming segment of a partition is what the
// source reads of it now. Rows are in the table some hundred milliseconds after their message, so a
// forced commit only imports what waits at this moment.
//
// See  docs/pinot.md, "Consumption"

#include "api/pinot/pinot_calls.h"

namespace millrace::pinot {

void add_consumption_endpoints(control::Router& router, const std::shared_ptr<const PinotApi>& api);

}  // namespace millrace::pinot
