#pragma once
// Times as programs print them, and the one form in which they are stored.
//
// Source  ISO 8601 and RFC 3339; PostgreSQL ("2026-01-31 09:30:00+00"), Suricata and Jira
//         ("...+0000"), Python's logging ("...,123"), git and Ruby ("... +0100"); RFC 5322 and
//         RFC 9110 ("Sat, 31 Jan 2026 09:30:00 GMT"); date(1) and asctime(3)
//         ("Sat Jan 31 09:30:00 UTC 2026")
// See     docs/mapping.md ("Data types")

#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace millrace {

// A day of the calendar, "2026-01-31".
std::optional<std::chrono::sys_days> parse_date(std::string_view text);

// A time of the years 0001 to 9999, in UTC: "2026-01-02T03:04:05.678900Z". It always has 6 digits;
// texts sort as times do.
class TimestampText {
public:
    // `time` must be one of those years.
    explicit TimestampText(std::chrono::sys_time<std::chrono::microseconds> time);

    std::string_view view() const { return {chars_.data(), chars_.size()}; }
    bool operator==(std::string_view text) const { return view() == text; }

private:
    friend std::optional<TimestampText> parse_timestamp(std::string_view text);
    TimestampText() = default;

    std::array<char, 27> chars_;
};

// Whether a text can be one: the calendar has years before and after those.
bool has_timestamp_text(std::chrono::sys_time<std::chrono::microseconds> time);

// Digits beyond the sixth are cut. A time without an offset is UTC. Of the names of zones only UTC
// and GMT are known: all others mean several offsets.
std::optional<TimestampText> parse_timestamp(std::string_view text);
// Whether there is one.
bool is_timestamp(std::string_view text);

}  // namespace millrace
