#include "api/control/query_flag.h"

#include <fmt/format.h>

#include "api/control/api_errors.h"

namespace millrace::control {

Result<bool> parse_flag(const Request& request, const char* name) {
    const auto flag = request.query.find(name);
    if (flag == request.query.end() || flag->second == "false") return false;
    if (flag->second == "true") return true;
    return Error(Code::invalid, fmt::format("invalid value \"{}\" for \"{}\", must be a boolean",
                                            shortened(flag->second, 60), name))
        .named(kInvalidFieldType);
}

}  // namespace millrace::control
