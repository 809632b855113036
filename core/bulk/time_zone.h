#pragma once
// TimeZone: what a time without an offset means in a load.
//
// Thread  any; immutable.

#include <chrono>
#include <string_view>

#include "core/base/result.h"

namespace millrace::bulk {

class TimeZone {
public:
    // UTC.
    TimeZone() = default;

    // "UTC", "GMT", "Z", "+08:00", "+8:00", "-0530", "UTC+8", and the names of zones that have had
    // one offset since 2000, such as "Asia/Shanghai"; it counts for times before that too.
    // Errors  invalid: no zone, or one whose offset changes over the year
    static Result<TimeZone> parse(std::string_view text);

    std::chrono::seconds offset() const { return offset_; }  // east of Greenwich

private:
    std::chrono::seconds offset_{0};
};

}  // namespace millrace::bulk
