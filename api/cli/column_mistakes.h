#pragma once
// What is wrong with a column of a file, as far as that is known without the service: so that a
// mistake in the last sink is told before the first one is made.
//
// The service checks all of it again. What only it knows is whether a template compiles, a path is
// one, and how many columns it takes.

#include <string>
#include <string_view>
#include <vector>

#include "api/cli/json_fields.h"

namespace millrace::cli {

// Of one of a sink, as POST takes it. Each begins with the field that it is about, or says it.
std::vector<std::string> column_mistakes(const Json& column);

// Of one of a table.
std::vector<std::string> table_column_mistakes(const Json& column);

// As targets compare names of columns: ASCII letters without regard to case.
std::string folded_name(std::string_view name);

}  // namespace millrace::cli
