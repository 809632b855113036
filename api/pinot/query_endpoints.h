#pragma once
// POST /query/sql and /sql: queries of Pinot's tables, answered in Pinot's form.
//
// As there, a query that fails is answered 200 with `exceptions`; the status says it too where the
// header `Pinot-Use-Http-Status-For-Errors` is true.
//
// See  docs/pinot.md, "Queries"

#include <string>

#include "api/pinot/pinot_calls.h"
#include "api/pinot/pinot_schema.h"
#include "core/ports/table_query.h"

namespace millrace::pinot {

void add_query_endpoints(control::Router& router, const std::shared_ptr<const PinotApi>& api);

// The type that an answer names for a column, and a value as that type is printed. `field` is of
// the schema; null: computed, or not of a schema.
std::string answered_type(const PinotField* field, const QueryColumn& column,
                          const std::vector<std::vector<TableCell>>& rows, std::size_t index);
Json answered_value(const TableCell& cell, const std::string& type);

}  // namespace millrace::pinot
