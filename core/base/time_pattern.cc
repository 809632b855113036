#include "core/base/time_pattern.h"

#include <fmt/format.h>

#include <array>
#include <ctime>
#include <iterator>

namespace millrace {
namespace {

constexpr std::string_view kKnown = "AaBbCcDdeFfHhIjklMmnpRrSTtUuVvWwXxYyZz%";

std::tm calendar(WallTime time) {
    const std::chrono::sys_time<Milliseconds> point{Milliseconds(time.unix_ms)};
    const auto seconds = std::chrono::floor<std::chrono::seconds>(point).time_since_epoch();
    const auto unix_seconds = static_cast<std::time_t>(seconds.count());
    std::tm parts{};
    gmtime_r(&unix_seconds, &parts);
    return parts;
}

// The specifications that are not the ones of the C library, or not in every locale.
std::string_view as_pattern(char specification) {
    switch (specification) {
        case 'c':
            return "%a %b %e %H:%M:%S %Y";
        case 'v':
            return "%e-%b-%Y";
        case 'X':
            return "%H:%M:%S";
        case 'x':
            return "%m/%d/%y";
        case 'Z':
            return "UTC";
        case 'z':
            return "+0000";
        default:
            return {};
    }
}

void append_specification(std::string& out, const std::tm& parts, char specification) {
    const std::array<char, 3> pattern{'%', specification, '\0'};
    std::array<char, 64> text{};
    out.append(text.data(), std::strftime(text.data(), text.size(), pattern.data(), &parts));
}

}  // namespace

Result<void> check_time_pattern(std::string_view pattern) {
    for (std::size_t at = 0; at < pattern.size(); ++at) {
        if (pattern[at] != '%') continue;
        const auto specification = pattern.substr(at, 2);
        ++at;
        if (at < pattern.size() && kKnown.find(pattern[at]) != std::string_view::npos) continue;
        return Error(Code::invalid,
                     fmt::format("datetime format \"{}\" is invalid: unknown specification \"{}\"",
                                 pattern, specification));
    }
    return {};
}

void append_time(std::string& out, WallTime time, std::string_view pattern) {
    const auto parts = calendar(time);
    for (std::size_t at = 0; at < pattern.size(); ++at) {
        if (pattern[at] != '%' || at + 1 == pattern.size()) {
            out.push_back(pattern[at]);
            continue;
        }
        const auto specification = pattern[++at];
        if (specification == 'f') {
            const auto ms = ((time.unix_ms % 1000) + 1000) % 1000;
            fmt::format_to(std::back_inserter(out), "{:03}", ms);
        } else if (const auto expanded = as_pattern(specification); !expanded.empty()) {
            append_time(out, time, expanded);
        } else if (kKnown.find(specification) != std::string_view::npos) {
            append_specification(out, parts, specification);
        } else {
            out.append({'%', specification});
        }
    }
}

}  // namespace millrace
