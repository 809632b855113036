#include "core/mapping/path.h"

#include <algorithm>
#include <charconv>

#include "core/mapping/utf8.h"

namespace millrace::mapping {
namespace {

constexpr std::uint32_t kIndexMax = 999'999'999;

bool all_digits(std::string_view text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<std::uint32_t> index_of(std::string_view digits) {
    std::uint32_t index = 0;
    const auto [end, failure] =
        std::from_chars(digits.data(), digits.data() + digits.size(), index);
    if (failure != std::errc() || index > kIndexMax) return std::nullopt;
    return index;
}

Result<PathPart> parse_part(std::string_view text) {
    const auto digits = text.substr(0, text.size() - 1);
    if (text.back() == ']' && all_digits(digits)) {
        const auto index = index_of(digits);
        if (!index) return Error(Code::invalid, fmt::format("index {} is too large", digits));
        return PathPart{.key = std::string(digits), .index = index, .index_only = true};
    }
    PathPart part{.key = std::string(text), .index = std::nullopt};
    if (all_digits(text)) part.index = index_of(text);
    return part;
}

}  // namespace

Result<Path> parse_path(std::string_view text) {
    if (text.empty()) return Error(Code::invalid, "path is empty");
    if (!is_valid_utf8(text)) return Error(Code::invalid, "path is not valid UTF-8");
    Path path;
    while (!text.empty()) {
        const auto end = std::min(text.find_first_of(".["), text.size());
        if (end > 0) {
            TRY_ASSIGN(auto part, parse_part(text.substr(0, end)));
            path.push_back(std::move(part));
        }
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    if (path.size() > kPathPartsMax) {
        return Error(Code::invalid, fmt::format("path has more than {} parts", kPathPartsMax));
    }
    return path;
}

}  // namespace millrace::mapping
