#include "core/bulk/time_zone.h"

#include <fmt/format.h>

#include <optional>

#include "core/base/shown_text.h"
#include "core/bulk/source_row.h"

namespace millrace::bulk {
namespace {

struct NamedZone {
    std::string_view name;
    int minutes;
};

// Without summer time since 2000 at the latest. "CST" is what Apache Doris takes it for.
// Source  the tz database, 2025b
constexpr NamedZone kZones[] = {
    {"UTC", 0},
    {"GMT", 0},
    {"Z", 0},
    {"Etc/UTC", 0},
    {"Etc/GMT", 0},
    {"Africa/Accra", 0},
    {"Africa/Johannesburg", 120},
    {"Africa/Lagos", 60},
    {"Africa/Nairobi", 180},
    {"America/Bogota", -300},
    {"America/Lima", -300},
    {"America/Panama", -300},
    {"America/Phoenix", -420},
    {"America/Puerto_Rico", -240},
    {"Asia/Bangkok", 420},
    {"Asia/Calcutta", 330},
    {"Asia/Chongqing", 480},
    {"Asia/Dubai", 240},
    {"Asia/Ho_Chi_Minh", 420},
    {"Asia/Hong_Kong", 480},
    {"Asia/Jakarta", 420},
    {"Asia/Kolkata", 330},
    {"Asia/Kuala_Lumpur", 480},
    {"Asia/Kathmandu", 345},
    {"Asia/Macau", 480},
    {"Asia/Manila", 480},
    {"Asia/Riyadh", 180},
    {"Asia/Saigon", 420},
    {"Asia/Seoul", 540},
    {"Asia/Shanghai", 480},
    {"Asia/Singapore", 480},
    {"Asia/Taipei", 480},
    {"Asia/Tashkent", 300},
    {"Asia/Tokyo", 540},
    {"Australia/Brisbane", 600},
    {"Australia/Darwin", 570},
    {"CST", 480},
    {"PRC", 480},
    {"Pacific/Honolulu", -600},
};

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// Removes one or two digits.
std::optional<int> take_number(std::string_view& rest) {
    int value = 0;
    std::size_t digits = 0;
    while (digits < 2 && digits < rest.size() && is_digit(rest[digits])) {
        value = 10 * value + (rest[digits++] - '0');
    }
    rest.remove_prefix(digits);
    return digits == 0 ? std::nullopt : std::optional(value);
}

// "+08:00", "+8", "-0530"
std::optional<std::chrono::seconds> fixed_offset(std::string_view text) {
    if (!text.starts_with('+') && !text.starts_with('-')) return std::nullopt;
    const bool is_west = text.front() == '-';
    text.remove_prefix(1);
    const auto hours = take_number(text);
    int minutes = 0;
    if (!hours || *hours > 14) return std::nullopt;
    if (!text.empty()) {
        if (text.front() == ':') text.remove_prefix(1);
        const bool is_whole = text.size() == 2;
        const auto number = take_number(text);
        if (!is_whole || !number || *number > 59 || !text.empty()) return std::nullopt;
        minutes = *number;
    }
    const std::chrono::seconds offset = std::chrono::hours(*hours) + std::chrono::minutes(minutes);
    return is_west ? -offset : offset;
}

}  // namespace

Result<TimeZone> TimeZone::parse(std::string_view text) {
    TimeZone zone;
    for (const auto& named : kZones) {
        if (!is_same_name(named.name, text)) continue;
        zone.offset_ = std::chrono::minutes(named.minutes);
        return zone;
    }
    const bool has_name = text.starts_with("UTC") || text.starts_with("GMT");
    if (const auto offset = fixed_offset(has_name ? text.substr(3) : text)) {
        zone.offset_ = *offset;
        return zone;
    }
    return Error(Code::invalid,
                 fmt::format("Unknown or incorrect time zone: '{}'. Known are UTC, offsets such as "
                             "+08:00, and zones without summer time such as Asia/Shanghai",
                             shortened(text, 64)));
}

}  // namespace millrace::bulk
