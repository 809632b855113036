#include "api/otlp/otlp_url.h"

#include <array>
#include <cstddef>

namespace millrace::otlp {
namespace {

constexpr std::string_view kPrefix = "/otlp/";

std::string_view path_of(std::string_view target) {
    constexpr std::string_view kScheme = "http://";
    if (target.starts_with(kScheme)) {
        const auto path = target.find('/', kScheme.size());
        target = path == std::string_view::npos ? "/" : target.substr(path);
    }
    return target.substr(0, target.find('?'));
}

}  // namespace

bool is_otlp_target(std::string_view target) {
    return path_of(target).starts_with(kPrefix);
}

std::optional<OtlpUrl> parse_otlp_url(std::string_view target) {
    auto path = path_of(target);
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
