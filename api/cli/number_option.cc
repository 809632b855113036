#include "api/cli/number_option.h"

#include <charconv>

namespace millrace::cli {

Result<std::optional<std::uint64_t>> number_option(const config::ClientLine& line,
                                                   std::string_view option) {
    const auto text = line.value(option);
    if (!text) return std::optional<std::uint64_t>();
    std::uint64_t number = 0;
    const auto* const end = text->data() + text->size();
    const auto read = std::from_chars(text->data(), end, number);
    if (read.ec == std::errc() && read.ptr == end && number > 0) return std::optional(number);
    return wrong_usage(line,
                       fmt::format("--{} is a number of 1 or more, not \"{}\"", option, *text));
}

}  // namespace millrace::cli
