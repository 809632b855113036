#pragma once
// TimeForm: how the texts of a TIMESTAMP column say their time.

#include <optional>
#include <string_view>

#include "core/model/timestamp.h"

namespace millrace {

enum class TimeForm {
    text,      // as core/model/timestamp.h reads it
    epoch_s,   // seconds since 1970-01-01T00:00:00Z, with a fraction or without
    epoch_ms,  // and so on
    epoch_us,
    epoch_ns,
    rfc2822,  // "Sat, 31 Jan 2026 09:30:00 GMT"; `text` reads it too
};

std::string_view to_string(TimeForm form);                      // "epoch-s"
std::optional<TimeForm> time_form_from(std::string_view text);  // the inverse; none for "text"

// What a text must look like, for people.
std::string_view rule_of(TimeForm form);

// Nothing if the text is no number, or no time of the years 0001 to 9999.
std::optional<TimestampText> parse_time(TimeForm form, std::string_view text);

}  // namespace millrace
