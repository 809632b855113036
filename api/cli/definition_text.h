#pragma once
// definition_text(): what the service has, as the file that `millrace apply` reads.
//
// Secrets are left out, with a comment in their place, and so is what is the default.
//
// See  definition_file.h

#include <string>

#include "api/cli/actual_definitions.h"

namespace millrace::cli {

// Begins with "---" and ends with "...", so that a file that was cut is known.
std::string definition_text(const Actual& actual);

}  // namespace millrace::cli
