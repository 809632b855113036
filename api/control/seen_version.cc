#include "api/control/seen_version.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

#include "api/control/api_errors.h"

namespace millrace::control {
namespace {

constexpr std::size_t kShownMax = 60;
constexpr std::size_t kVersionsMax = 20;

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool is_if_match(std::string_view name) {
    constexpr std::string_view kLower = "if-match";
    return std::ranges::equal(name, kLower, [](char a, char b) {
        return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
    });
}

// A number, in quotes or not; nothing for another text.
std::optional<std::uint32_t> version_of(std::string_view tag) {
    if (tag.size() >= 2 && tag.front() == '"' && tag.back() == '"') {
        tag = tag.substr(1, tag.size() - 2);
    }
    std::uint32_t number = 0;
    const auto* const end = tag.data() + tag.size();
    const auto [stop, failure] = std::from_chars(tag.data(), end, number);
    if (tag.empty() || failure != std::errc() || stop != end) return std::nullopt;
    return number;
}

}  // namespace

Result<SeenVersions> seen_versions(const Request& request) {
    SeenVersions seen;
    bool is_any = false;
    for (const auto& [name, value] : request.headers) {
        if (!is_if_match(name)) continue;
        auto rest = std::string_view(value);
        while (true) {
            const auto comma = rest.find(',');
            const auto tag = trimmed(rest.substr(0, comma));
            const auto number = version_of(tag);
            if (tag == "*") {
                is_any = true;
            } else if (!number || (seen && seen->size() == kVersionsMax)) {
                return bad_request(fmt::format(
                    "The header If-Match must have the number of a version in quotes, as the ETag "
                    "of the answer has it, but it is \"{}\".",
                    shortened(value, kShownMax)));
            } else {
                if (!seen) seen.emplace();
                seen->push_back(*number);
            }
            if (comma == std::string_view::npos) break;
            rest.remove_prefix(comma + 1);
        }
    }
    return is_any ? SeenVersions() : seen;
}

Error version_mismatch(std::string_view what, std::string_view id, const Version& now,
                       const SeenVersions& seen) {
    const auto& by = now.stamp.by;
    return Error(Code::conflict,
                 fmt::format("The {} \"{}\" has version {} by now, made by \"{}\" at {}, and you "
                             "have changed version {}. Read it again and repeat your change.",
                             what, id, now.number,
                             by.token_description.empty() ? by.type : by.token_description,
                             format_utc(now.stamp.at),
                             fmt::join(seen.value_or(std::vector<std::uint32_t>()), ", ")))
        .named(error_names::kApiVersionMismatch);
}

Response with_etag(Response response, const Version& version) {
    response.headers.emplace_back("ETag", fmt::format("\"{}\"", version.number));
    return response;
}

}  // namespace millrace::control
