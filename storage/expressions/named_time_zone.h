#pragma once
// TimeZone: the offset of a place's clocks to UTC at a time.
//
// It is fixed ("UTC", "Z", "+08:00", "GMT+8"), or of a name of the IANA data base
// ("Asia/Shanghai"), which is read from the zone files of the system. After the last change that a
// file has, in 2037, what was changed to stays.
//
// Thread  any.
// See     RFC 8536 (TZif)

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace millrace::expressions {

class TimeZone {
public:
    // UTC.
    TimeZone() = default;

    // Errors  invalid, for the client: there is no such zone, or its file cannot be read
    static Result<TimeZone> find(std::string_view name);

    std::int64_t offset_at(std::int64_t unix_seconds) const;

    // What its clocks show, in seconds since 1970-01-01 00:00:00 on them.
    std::int64_t local(std::int64_t unix_seconds) const {
        return unix_seconds + offset_at(unix_seconds);
    }
    // The inverse. Of two times the earlier; a time that is skipped is as if it were not.
    std::int64_t unix_seconds(std::int64_t local_seconds) const;

private:
    struct Change {
        std::int64_t unix_seconds = 0;
        std::int64_t offset = 0;
    };

    static Result<TimeZone> read(std::string_view bytes);

    std::int64_t first_offset_ = 0;
    std::vector<Change> changes_;  // ascending
};

// "+08:00", "-5:30", "+0800", "+08" in seconds; false for others.
bool parse_offset(std::string_view text, std::int64_t& seconds);

}  // namespace millrace::expressions
