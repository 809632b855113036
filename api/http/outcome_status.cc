#include "api/http/outcome_status.h"

#include <algorithm>

#include "api/http/error_status.h"

namespace millrace::http {

bool is_one_sink_enough(const Outcome& outcome, bool allowed) {
    const auto& sinks = outcome.sinks;
    const auto refuses = [](const SinkOutcome& sink) { return sink.refused; };
    return std::ranges::any_of(sinks, refuses) && !std::ranges::all_of(sinks, refuses) && allowed;
}

int status_of(const Outcome& outcome, bool one_sink_allowed) {
    if (outcome.error) return status_of(*outcome.error);
    int status = outcome.is_synced ? 200 : 202;
    if (is_one_sink_enough(outcome, one_sink_allowed)) return status;
    for (const auto& sink : outcome.sinks) {
        if (sink.refused) {
            status = std::max(status, status_of(sink.problems.front().error));
        }
    }
    return status;
}

}  // namespace millrace::http
