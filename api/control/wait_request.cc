#include "api/control/wait_request.h"

#include <fmt/format.h>

#include <chrono>
#include <utility>

#include "api/control/api_errors.h"
#include "core/base/duration.h"

namespace millrace::control {
namespace {

constexpr Milliseconds kWaitMax = std::chrono::minutes(1);

}  // namespace

Result<Milliseconds> parse_wait(const Request& request) {
    const auto given = request.query.find("wait");
    if (given == request.query.end()) return Milliseconds{0};
    auto wait = parse_duration(given->second);
    if (wait.ok() && wait.value() >= Milliseconds{0} && wait.value() <= kWaitMax) return wait;
    return Error(Code::invalid,
                 fmt::format("invalid value \"{}\" for \"wait\", must be a duration up to {}",
                             shortened(given->second, 60), format_duration(kWaitMax)))
        .named(kInvalidFieldType);
}

Result<std::optional<Waiting>> wait_on(Progress& progress, const Request& request,
                                       Milliseconds wait, std::uint64_t steps_seen,
                                       std::string_view remedy) {
    auto waiting =
        request.waiting.value_or(Waiting{.until = Progress::now() + wait, .place = nullptr});
    if (progress.is_closed() || Progress::now() >= waiting.until) return std::optional<Waiting>();
    if (waiting.place == nullptr) waiting.place = progress.take_place();
    if (waiting.place == nullptr) return too_many_waiting(remedy);
    waiting.steps_seen = steps_seen;
    return std::optional(std::move(waiting));
}

}  // namespace millrace::control
