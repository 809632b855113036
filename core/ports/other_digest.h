#pragma once
// What a target says of a file that its import log has with another digest than it was asked for.
//
// Thread  any.

#include <optional>
#include <string>
#include <string_view>

#include "core/base/error.h"

namespace millrace {

// `log` is what the target calls its import log.
Error other_digest(std::string_view log, std::string_view recorded, std::string_view asked);

// The digest in the import log, when that is what the error says.
std::optional<std::string> recorded_digest(const Error& error);

}  // namespace millrace
