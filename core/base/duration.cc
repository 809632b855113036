#include "core/base/duration.h"

#include <cmath>
#include <cstdint>

namespace millrace {
namespace {

struct Unit {
    std::string_view name;
    double ms;
};
constexpr Unit kUnits[] = {{"ns", 1e-6}, {"us", 1e-3}, {"ms", 1.0},
                           {"s", 1e3},   {"m", 6e4},   {"h", 3.6e6}};
constexpr double kMillisecondsMax = 9e15;  // exact in a double; 285,000 years

Error invalid_duration(std::string_view text) {
    return Error(Code::invalid, fmt::format("time: invalid duration \"{}\"", text));
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

}  // namespace

Result<Milliseconds> parse_duration(std::string_view text) {
    auto rest = text;
    if (rest == "0") return Milliseconds(0);
    if (rest.empty()) return invalid_duration(text);
    double total_ms = 0;
    while (!rest.empty()) {
        double number = 0;
        double scale = 1;
        bool seen_digit = false;
        bool seen_point = false;
        while (!rest.empty() && (is_digit(rest.front()) || (rest.front() == '.' && !seen_point))) {
            if (rest.front() == '.') {
                seen_point = true;
            } else {
                seen_digit = true;
                number = number * 10 + (rest.front() - '0');
                if (seen_point) scale *= 10;
            }
            rest.remove_prefix(1);
        }
        std::size_t letters = 0;
        while (letters < rest.size() && !is_digit(rest[letters]) && rest[letters] != '.') ++letters;
        const auto name = rest.substr(0, letters);
        rest.remove_prefix(letters);
        const Unit* found = nullptr;
        for (const auto& unit : kUnits) {
            if (unit.name == name) found = &unit;
        }
        if (!seen_digit || found == nullptr) return invalid_duration(text);
        total_ms += number / scale * found->ms;
        if (!(total_ms <= kMillisecondsMax)) return invalid_duration(text);
    }
    constexpr double kHalfNanosecond = 5e-7;  // more than the error of the sum, less than any unit
    return Milliseconds(static_cast<std::int64_t>(total_ms + kHalfNanosecond));
}

std::string format_duration(Milliseconds span) {
    const auto ms = span.count();
    if (ms == 0) return "0s";
    if (ms < 0) return fmt::format("-{}", format_duration(-span));
    if (ms < 1000) return fmt::format("{}ms", ms);
    const auto hours = ms / 3'600'000;
    const auto minutes = ms / 60'000 % 60;
    auto seconds = fmt::format("{}", ms / 1000 % 60);
    if (ms % 1000 != 0) {
        seconds += fmt::format(".{:03}", ms % 1000);
        while (seconds.back() == '0') seconds.pop_back();
    }
    if (hours > 0) return fmt::format("{}h{}m{}s", hours, minutes, seconds);
    if (minutes > 0) return fmt::format("{}m{}s", minutes, seconds);
    return seconds + "s";
}

}  // namespace millrace
