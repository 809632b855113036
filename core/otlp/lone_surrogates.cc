#include "core/otlp/lone_surrogates.h"

#include <charconv>
#include <cstdint>
#include <system_error>

namespace millrace::otlp {
namespace {

constexpr std::size_t kEscape = 6;  // "\uXXXX"

enum class Half { none, high, low };

// Of the escape at the front of `text`.
Half half_of(std::string_view text) {
    if (text.size() < kEscape || text[0] != '\\' || text[1] != 'u') return Half::none;
    std::uint32_t unit = 0;
    const auto* const end = text.data() + kEscape;
    const auto [stop, failure] = std::from_chars(text.data() + 2, end, unit, 16);
    if (failure != std::errc() || stop != end || unit < 0xd800 || unit > 0xdfff) return Half::none;
    return unit < 0xdc00 ? Half::high : Half::low;
}

}  // namespace

std::optional<std::string> without_lone_surrogates(std::string_view json) {
    std::optional<std::string> changed;
    for (auto at = json.find('\\'); at < json.size(); at = json.find('\\', at)) {
        const auto half = half_of(json.substr(at));
        if (half == Half::none) {
            at += 2;  // the escape of a backslash is over
            continue;
        }
        if (half == Half::high && half_of(json.substr(at + kEscape)) == Half::low) {
            at += 2 * kEscape;
            continue;
        }
        if (!changed) changed = json;
        changed->replace(at, kEscape, "\\ufffd");
        at += kEscape;
    }
    return changed;
}

}  // namespace millrace::otlp
