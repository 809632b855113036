#include "core/model/time_form.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>

namespace millrace {
namespace {

using Microseconds = std::chrono::microseconds;

constexpr std::array kForms = {TimeForm::epoch_s, TimeForm::epoch_ms, TimeForm::epoch_us,
                               TimeForm::epoch_ns, TimeForm::rfc2822};

// Of the digits behind those of whole seconds.
int decimals_of(TimeForm form) {
    switch (form) {
        case TimeForm::epoch_ms:
            return 3;
        case TimeForm::epoch_us:
            return 6;
        case TimeForm::epoch_ns:
            return 9;
        case TimeForm::text:
        case TimeForm::rfc2822:
        case TimeForm::epoch_s:
            return 0;
    }
    return 0;
}

bool is_digits(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// Seconds and microseconds of "1700000000123.4" in milliseconds, say; further digits are cut.
std::optional<Microseconds> parse_epoch(std::string_view text, int decimals) {
    constexpr std::size_t kDigitsMax = 22;  // of the year 9999 in nanoseconds, with leading zeros
    constexpr std::size_t kMicros = 6;
    const bool is_negative = text.starts_with('-');
    if (is_negative) text.remove_prefix(1);
    const auto point = text.find('.');
    std::string whole(text.substr(0, point));
    const auto fraction = point == std::string_view::npos ? "" : text.substr(point + 1);
    const bool has_empty_fraction = point != std::string_view::npos && fraction.empty();
    if (whole.empty() || has_empty_fraction || !is_digits(whole) || !is_digits(fraction)) return {};
    const auto shift = static_cast<std::size_t>(decimals);
    if (whole.size() <= shift) whole.insert(0, shift + 1 - whole.size(), '0');
    if (whole.size() > kDigitsMax) return {};
    const auto seconds_text = std::string_view(whole).substr(0, whole.size() - shift);
    std::int64_t seconds = 0;
    const auto* const end = seconds_text.data() + seconds_text.size();
    if (std::from_chars(seconds_text.data(), end, seconds).ec != std::errc()) return {};
    constexpr std::int64_t kSecondsMax =
        400'000'000'000;  // beyond the year 9999, no overflow below
    if (seconds > kSecondsMax) return {};
    std::string micros_text = whole.substr(whole.size() - shift) + std::string(fraction);
    micros_text.resize(kMicros, '0');
    std::int64_t micros = 0;
    std::from_chars(micros_text.data(), micros_text.data() + kMicros, micros);
    const Microseconds since = std::chrono::seconds(seconds) + Microseconds(micros);
    return is_negative ? -since : since;
}

}  // namespace

std::string_view to_string(TimeForm form) {
    switch (form) {
        case TimeForm::text:
            return "text";
        case TimeForm::epoch_s:
            return "epoch-s";
        case TimeForm::epoch_ms:
            return "epoch-ms";
        case TimeForm::epoch_us:
            return "epoch-us";
        case TimeForm::epoch_ns:
            return "epoch-ns";
        case TimeForm::rfc2822:
            return "rfc2822";
    }
    return "text";
}

std::optional<TimeForm> time_form_from(std::string_view text) {
    for (const auto form : kForms) {
        if (text == to_string(form)) return form;
    }
    return {};
}

std::string_view rule_of(TimeForm form) {
    switch (form) {
        case TimeForm::epoch_s:
            return "seconds since 1970, such as 1700000000";
        case TimeForm::epoch_ms:
            return "milliseconds since 1970, such as 1700000000000";
        case TimeForm::epoch_us:
            return "microseconds since 1970";
        case TimeForm::epoch_ns:
            return "nanoseconds since 1970";
        case TimeForm::text:
        case TimeForm::rfc2822:
            return "a time such as \"Sat, 31 Jan 2026 09:30:00 GMT\"";
    }
    return "";
}

std::optional<TimestampText> parse_time(TimeForm form, std::string_view text) {
    if (form == TimeForm::text || form == TimeForm::rfc2822) return parse_timestamp(text);
    const auto since_epoch = parse_epoch(text, decimals_of(form));
    if (!since_epoch) return std::nullopt;
    const std::chrono::sys_time<Microseconds> time(*since_epoch);
    if (!has_timestamp_text(time)) return std::nullopt;
    return TimestampText(time);
}

}  // namespace millrace
