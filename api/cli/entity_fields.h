#pragma once
// What of a source or sink of the API is given by whoever makes it, and when two values of a
// field are one.

#include <string>
#include <string_view>

#include "api/cli/json_fields.h"
#include "core/base/result.h"

namespace millrace::cli {

// The name of what nobody gave one.
std::string usual_name(std::string_view id);

// Where the source takes events, in whichever form; empty: it fetches them, as those of Kafka do.
std::string source_url(const Json& source);
// Where clients of the command line can post events.
// Errors  invalid: a source of another kind, with how events come to it
Result<std::string> event_url(const Json& source);

// What has become of a file of the API: "is set aside, with 1 row".
std::string file_outcome(const Json& file);

// Of the part that only one kind of source has: without addresses, states and counts.
Json given_part(std::string_view type, const Json& part);

// Takes the values out that answers mask as "***". Whether there were any.
bool take_masked(Json& part);

// Whether both say the same: a number or a bool and its text too, as YAML takes texts without
// quotes for such.
bool is_same_value(const Json& a, const Json& b);

}  // namespace millrace::cli
