#pragma once
// The outcome of a request -> the HTTP status of its answer.

#include "core/model/outcome.h"

namespace millrace::http {

// Whether the request is accepted because one sink has taken it, whatever others say. `allowed`: as
// the settings of its source say.
bool is_one_sink_enough(const Outcome& outcome, bool allowed);

int status_of(const Outcome& outcome, bool one_sink_allowed);

}  // namespace millrace::http
