#include "api/control/query_names.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "api/config/client_line.h"
#include "api/control/api_errors.h"

namespace millrace::control {
namespace {

// What follows the one that there is not.
std::string listed(std::span<const std::string> known, const std::string& meant) {
    if (known.empty()) return ", the endpoint has none";
    return fmt::format("{} {} \"{}\"", meant.empty() ? ", there" : meant + " There",
                       known.size() == 1 ? "is" : "are", fmt::join(known, "\", \""));
}

}  // namespace

Result<void> check_query_names(const Request& request, std::span<const std::string> known) {
    for (const auto& [given, _] : request.query) {
        if (std::ranges::find(known, given) != known.end()) continue;
        return bad_request(fmt::format("unknown parameter \"{}\" in the query{}",
                                       shortened(given, 60),
                                       listed(known, config::suggestion(given, known))));
    }
    return {};
}

}  // namespace millrace::control
