#include "api/control/scope.h"

#include <charconv>
#include <cstdint>

#include "api/control/api_errors.h"

namespace millrace::control {

Result<void> check_branch(const Scope& scope, std::string_view text) {
    if (text == "default") return {};
    std::int64_t number = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || failure != std::errc() || end != text.data() + text.size()) {
        return bad_request(fmt::format(
            "Invalid branch: expected \"default\" or <int>, given \"{}\".", shortened(text, 200)));
    }
    if (number != static_cast<std::int64_t>(scope.branch.value)) {
        return bad_request(fmt::format(
            "Currently only default branch is supported, branch \"{}\" is not default.", number));
    }
    return {};
}

}  // namespace millrace::control
