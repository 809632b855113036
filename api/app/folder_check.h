#pragma once
// check_folder(): whether a folder can be used as a start would use it; nothing is made but a file
// that goes again.

#include <string>

#include "core/base/result.h"

namespace millrace {

// "/mnt/lake can be written to, 12.3 GB are free".
// Errors  unavailable: one sentence, with what helps
Result<std::string> check_folder(const std::string& folder);

}  // namespace millrace
