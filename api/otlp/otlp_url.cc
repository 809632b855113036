#include "api/otlp/otlp_url.h"

#include <array>
#include <cstddef>

#include "api/http/request_target.h"

namespace millrace::otlp {
namespace {

constexpr std::string_view kPrefix = "/otlp/";

}  // namespace

bool is_otlp_target(std::string_view target) {
    return http::origin_form(target).starts_with(kPrefix);
}

std::optional<OtlpUrl> parse_otlp_url(std::string_view target) {
    auto path = http::path_of(http::origin_form(target));
    if (!path.starts_with(kPrefix)) return std::nullopt;
    path.remove_prefix(kPrefix.size());
    if (path.ends_with('/')) path.remove_suffix(1);
    std::array<std::string_view, 5> parts;
    std::size_t count = 0;
    for (bool is_last = false; !is_last; ++count) {
        if (count == parts.size()) return std::nullopt;
        const auto slash = path.find('/');
        is_last = slash == std::string_view::npos;
        parts[count] = path.substr(0, slash);
        if (parts[count].empty()) return std::nullopt;
        if (!is_last) path.remove_prefix(slash + 1);
    }
    if (count < 4 || parts[count - 2] != "v1") return std::nullopt;
    const auto signal = parse_signal(parts[count - 1]);
    if (!signal) return std::nullopt;
    return OtlpUrl{.project = parts[0],
                   .source = parts[1],
                   .secret = count == 5 ? parts[2] : std::string_view(),
                   .signal = *signal};
}

}  // namespace millrace::otlp
