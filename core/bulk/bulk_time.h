#pragma once
// Times in the spellings that Apache Doris takes: more than those of core/model/timestamp.h.
//
// See  docs/stream-load.md ("Times")

#include <chrono>
#include <optional>
#include <string_view>

namespace millrace::bulk {

struct BulkTime {
    std::chrono::sys_days day;  // of the years 1 to 9999
    std::chrono::microseconds time{0};
    std::optional<std::chrono::seconds> offset;  // east, as the text says
};

// "2024-4-2", "2024-04-02 09:30:31.5", "2024-04-02T09:30+08:00", "2022-12-01:09:30:31", "20240402",
// "20240402093031"; "/" instead of "-". Digits behind the sixth of a fraction are cut.
std::optional<BulkTime> parse_bulk_time(std::string_view text);

}  // namespace millrace::bulk
