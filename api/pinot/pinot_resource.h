#pragma once
// The endpoints in Apache Pinot's form, on the API port: documents, consumption, queries.
//
// A schema and a real-time table become a source of kind kafka with one sink, and the rows are
// asked for in SQL.
//
// See  docs/pinot.md

#include "api/control/resource_parts.h"
#include "api/pinot/pinot_calls.h"

namespace millrace::pinot {

void add_pinot(control::Router& router, const control::ResourceParts& parts,
               const PinotPorts& ports);

}  // namespace millrace::pinot
