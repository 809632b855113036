#pragma once
// The value of an option that is a number, as --limit 10.

#include <cstdint>
#include <optional>
#include <string_view>

#include "api/cli/client_command.h"

namespace millrace::cli {

inline constexpr config::ClientOption kLimit = {
    .name = "limit", .placeholder = "N", .sentence = "At most so many. Default 100."};
inline constexpr std::uint64_t kUsualLimit = 100;

// Nothing if the option is not given.
// Errors  of the name kWrongUsage: no number of 1 or more
Result<std::optional<std::uint64_t>> number_option(const config::ClientLine& line,
                                                   std::string_view option);

}  // namespace millrace::cli
