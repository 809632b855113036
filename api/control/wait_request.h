#pragma once
// ?wait=10s: requests that are answered when something has happened, or after that time with what
// there is then.

#include <cstdint>
#include <optional>

#include "api/control/http_message.h"
#include "api/control/rows_progress.h"
#include "core/base/result.h"
#include "core/base/time.h"

namespace millrace::control {

// 0 where the request does not say it; at most a minute.
// Errors  invalid
Result<Milliseconds> parse_wait(const Request& request);

// When to make the request again; nothing: its time is over or the service ends, so the answer is
// what there is now. `steps_seen` is of before the look at that.
// Errors  overloaded: too many wait, with `remedy` behind "already, "
Result<std::optional<Waiting>> wait_on(Progress& progress, const Request& request,
                                       Milliseconds wait, std::uint64_t steps_seen,
                                       std::string_view remedy = "ask without \"wait\"");

}  // namespace millrace::control
