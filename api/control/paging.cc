#include "api/control/paging.h"

#include <fmt/format.h>

#include <charconv>

#include "api/control/api_errors.h"

namespace millrace::control {
namespace {

constexpr std::uint32_t kLimitMax = 100;

Error out_of_range(std::string_view direction, std::int64_t bound, std::string_view given) {
    return Error(Code::invalid, fmt::format("limit must be {} or equal than {} but got value {}",
                                            direction, bound, given))
        .named(kInvalidRange);
}

}  // namespace

Result<PageRequest> parse_page(const Request& request) {
    PageRequest page;
    if (const auto after = request.query.find("afterId"); after != request.query.end()) {
        page.after_id = after->second;
    }
    TRY_ASSIGN(page.limit, parse_limit(request, page.limit, kLimitMax));
    return page;
}

Result<std::uint32_t> parse_limit(const Request& request, std::uint32_t usual, std::uint32_t most) {
    const auto limit = request.query.find("limit");
    if (limit == request.query.end()) return usual;
    const auto& text = limit->second;
    std::int64_t number = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || failure != std::errc() || end != text.data() + text.size()) {
        return Error(Code::invalid,
                     fmt::format("invalid value \"{}\" for \"limit\", must be a integer",
                                 shortened(text, 60)))
            .named(kInvalidFieldType);
    }
    if (number < 1) return out_of_range("greater", 1, text);
    if (number > most) return out_of_range("lesser", most, text);
    return static_cast<std::uint32_t>(number);
}

OrderedJson render_page(const PageRequest& page, std::uint64_t total_count,
                        const std::string& last_id) {
    return {{"limit", page.limit},
            {"totalCount", total_count},
            {"afterId", page.after_id},
            {"lastId", last_id}};
}

}  // namespace millrace::control
