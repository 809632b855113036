#include "api/pinot/pinot_time.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string>
#include <vector>

namespace millrace::pinot {
namespace {

std::string upper_case(std::string_view text) {
    std::string upper(text);
    for (auto& c : upper) {
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    }
    return upper;
}

// In at most `parts_max` parts; the last has all that is left.
std::vector<std::string_view> split(std::string_view text, char mark, std::size_t parts_max) {
    std::vector<std::string_view> parts;
    while (parts.size() + 1 < parts_max) {
        const auto end = text.find(mark);
        if (end == std::string_view::npos) break;
        parts.push_back(text.substr(0, end));
        text.remove_prefix(end + 1);
    }
    parts.push_back(text);
    return parts;
}

std::optional<std::int64_t> whole_number(std::string_view text) {
    std::int64_t number = 0;
    const auto* const end = text.data() + text.size();
    const auto [stop, failure] = std::from_chars(text.data(), end, number);
    if (failure != std::errc() || stop != end) return std::nullopt;
    return number;
}

bool is_size(std::string_view text) {
    const auto number = whole_number(text);
    return number && *number > 0;
}

// Java's, and the names of old documents.
bool is_unit(std::string_view text) {
    static constexpr std::array<std::string_view, 13> kUnits = {"NANOSECONDS",
                                                                "MICROSECONDS",
                                                                "MILLISECONDS",
                                                                "SECONDS",
                                                                "MINUTES",
                                                                "HOURS",
                                                                "DAYS",
                                                                "MILLISSINCEEPOCH",
                                                                "SECONDSSINCEEPOCH",
                                                                "MINUTESSINCEEPOCH",
                                                                "HOURSSINCEEPOCH",
                                                                "DAYSSINCEEPOCH",
                                                                "MILLIS"};
    return std::ranges::find(kUnits, upper_case(text)) != kUnits.end();
}

// A pattern of Java's SimpleDateFormat, with a zone behind it perhaps.
bool is_pattern(std::string_view text) {
    if (text.empty()) return false;
    bool is_quoted = false;
    for (const char c : text) {
        if (c == '\'') is_quoted = !is_quoted;
    }
    return !is_quoted;
}

bool is_colon_format(std::string_view text) {
    const auto parts = split(text, ':', 4);
    if (parts.size() < 3 || !is_size(parts[0]) || !is_unit(parts[1])) return false;
    const auto kind = upper_case(parts[2]);
    if (kind == "SIMPLE_DATE_FORMAT") return parts.size() == 4 && is_pattern(parts[3]);
    return parts.size() == 3 && (kind == "EPOCH" || kind == "TIMESTAMP");
}

bool is_pipe_format(std::string_view text) {
    const auto parts = split(text, '|', 4);
    const auto kind = upper_case(parts[0]);
    if (kind == "TIMESTAMP") return parts.size() == 1;
    if (kind == "EPOCH") {
        return parts.size() == 1 ||
               (parts.size() <= 3 && is_unit(parts[1]) && (parts.size() == 2 || is_size(parts[2])));
    }
    return kind == "SIMPLE_DATE_FORMAT" &&
           (parts.size() == 1 || (parts.size() <= 3 && is_pattern(parts[1])));
}

}  // namespace

bool is_date_time_format(std::string_view text) {
    if (text.empty()) return false;
    return text.front() >= '0' && text.front() <= '9' ? is_colon_format(text)
                                                      : is_pipe_format(text);
}

bool is_granularity(std::string_view text) {
    const auto colon = split(text, ':', 2);
    if (colon.size() == 2) return is_size(colon[0]) && is_unit(colon[1]);
    const auto pipe = split(text, '|', 2);
    return is_unit(pipe[0]) && (pipe.size() == 1 || is_size(pipe[1]));
}

std::optional<Milliseconds> parse_period(std::string_view text) {
    static constexpr std::string_view kUnits = "dhms";
    static constexpr std::array<std::int64_t, 4> kMillis = {86'400'000, 3'600'000, 60'000, 1'000};
    constexpr std::int64_t kNumberMax = 1'000'000'000;
    std::int64_t sum = 0;
    std::size_t next_unit = 0;
    while (!text.empty()) {
        const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
        if (digits == 0 || digits == text.size()) return std::nullopt;
        const auto number = whole_number(text.substr(0, digits));
        const auto unit = kUnits.find(text[digits]);
        if (!number || *number > kNumberMax || unit == std::string_view::npos || unit < next_unit) {
            return std::nullopt;
        }
        sum += *number * kMillis[unit];
        next_unit = unit + 1;
        text.remove_prefix(digits + 1);
    }
    if (sum <= 0) return std::nullopt;
    return Milliseconds(sum);
}

std::optional<std::uint64_t> parse_segment_size(std::string_view text) {
    auto upper = upper_case(text);
    if (upper.size() > 1 && upper.ends_with('B')) upper.pop_back();
    double factor = 1;
    static constexpr std::string_view kUnits = "KMGTP";
    if (!upper.empty()) {
        if (const auto unit = kUnits.find(upper.back()); unit != std::string_view::npos) {
            factor = std::pow(1024.0, static_cast<double>(unit + 1));
            upper.pop_back();
        }
    }
    if (upper.empty() || upper.find_first_not_of("0123456789.") != std::string::npos ||
        upper.front() == '.' || std::ranges::count(upper, '.') > 1) {
        return std::nullopt;
    }
    const double number = std::stod(upper.substr(0, 20)) * factor;
    if (number > 9e18) return std::nullopt;
    return static_cast<std::uint64_t>(number);
}

std::optional<WallTime> parse_instant(std::string_view text) {
    if (!text.ends_with('Z') || text.size() < 20) return std::nullopt;
    if (text.size() == 20) return parse_utc(fmt::format("{}.000Z", text.substr(0, 19)));
    if (text[19] != '.') return std::nullopt;
    const auto digits = text.substr(20, text.size() - 21);
    if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos) {
        return std::nullopt;
    }
    return parse_utc(fmt::format("{}.{:0<3}Z", text.substr(0, 19), digits.substr(0, 3)));
}

}  // namespace millrace::pinot
