#pragma once
// A filter function of Pinot (`ingestionConfig.filterConfig.filterFunction`) as the rule of a Kafka
// source: the SQL of storage/expressions over fields of the message.
//
// As in Pinot, a message for which it is true is dropped, a function of which an argument is
// missing is not true, and a column that a transform makes is what the transform makes of it.
//
// See  docs/pinot.md, "Filters"

#include <string_view>
#include <vector>

#include "api/kafka/kafka_settings.h"
#include "api/pinot/pinot_schema.h"
#include "api/pinot/pinot_table.h"
#include "core/base/result.h"

namespace millrace::pinot {

// Errors  invalid: a function that is not there, or wrong arguments; for "Invalid filter function"
Result<kafka::DropRule> filter_rule(std::string_view function, const PinotSchema& schema,
                                    const std::vector<PinotTransform>& transforms);

// The functions that are there, for docs/pinot.md.
std::vector<std::string_view> filter_functions();

}  // namespace millrace::pinot
