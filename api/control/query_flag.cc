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

Result<bool> parse_only_flag(const Request& request, const char* name) {
    for (const auto& [given, _] : request.query) {
        if (given == name || given == "wait") continue;
        return Error(Code::invalid, fmt::format("unknown parameter \"{}\", there is \"{}\"",
                                                shortened(given, 60), name))
            .named(kInvalidFieldType);
    }
    return parse_flag(request, name);
}

}  // namespace millrace::control
