#pragma once
// Headers of a request by their names, whose case does not matter.

#include <optional>
#include <string>
#include <string_view>

#include "api/control/http_message.h"

namespace millrace::control {

// Whether two names of headers, or of hosts, are the same.
bool is_same_name(std::string_view a, std::string_view b);

// Its value; of several lines, joined as RFC 9110 5.3 has it: "a, b". Nothing if it is not there.
std::optional<std::string> header_of(const Request& request, std::string_view name);

}  // namespace millrace::control
