#include "core/pipeline/admission_control.h"

#include <algorithm>
#include <string>
#include <utility>

#include "core/base/error_names.h"
#include "core/base/prefetch.h"

namespace millrace::pipeline {
Error no_source_found() {
    return Error(Code::not_found,
                 "The specified combination of projectID, sourceID and secret was not found.")
        .named(error_names::kInNoSourceFound);
}

namespace {

Error not_served(const SourceRoute& route) {
    if (route.broken.empty()) {
        return Error(Code::not_found, "The specified source is disabled in all branches.")
            .named(error_names::kInDisabledSource);
    }
    return Error(Code::overloaded,
                 "A sink of the source does not work any more and must be corrected first.")
        .named(error_names::kInSinkBroken);
}

}  // namespace

AdmissionControl::AdmissionControl(const Clock& clock, RecordCounters& counters)
    : clock_(clock), counters_(counters), unknown_source_secret_(std::string(48, '\0')) {}

// Whether it is the secret from before a rotation, and may be so for now.
bool AdmissionControl::opens_still(const SourceRoute& route, std::string_view secret) const {
    const auto& retired = route.retired;
    return retired && retired->secret.matches(secret) && clock_.wall() < retired->until;
}

Result<Admission> AdmissionControl::admit(ProjectId project, std::string_view source,
                                          std::string_view secret) const {
    const auto* const found = routes_.find(project, source);
    const auto* const route = found == nullptr ? nullptr : found->get();
    // One of thousands is not in the processor's cache; it comes while the secret is compared.
    if (route != nullptr) prefetch(*route);
    // An unknown source costs the same comparison, so its absence cannot be measured.
    const auto& expected = route == nullptr ? unknown_source_secret_ : route->secret;
    const bool matches = expected.matches(secret);
    if (route == nullptr || (!matches && !opens_still(*route, secret))) return no_source_found();
    if (!route->enabled) return not_served(*route);
    return Admission{.route = found, .routes_version = routes_version_};
}

std::optional<Admission> AdmissionControl::again(
    const std::shared_ptr<const SourceRoute>& route) const {
    const auto* const served = route_of(route->key.project, route->key.source.value);
    if (served == nullptr || !served->enabled) return {};
    const auto& of_signals = served->by_signal;
    const bool is_served =
        served == route.get() || std::ranges::find(of_signals, route) != of_signals.end();
    if (!is_served) return {};
    return Admission{.route = &route, .routes_version = routes_version_};
}

std::optional<OverRate> AdmissionControl::over_rate(const SourceRoute& route) {
    if (route.rates == nullptr) return {};
    const auto now = clock_.steady();
    const auto* const exceeded = route.rates->exceeded(now);
    if (exceeded == nullptr) return {};
    counters_.rate_limited.add();
    return OverRate{.per_second = exceeded->per_second(), .wait = exceeded->wait(now)};
}

void AdmissionControl::set_route(const SourceAddress& address,
                                 std::shared_ptr<const SourceRoute> route) {
    ++routes_version_;
    routes_.set(address, std::move(route));
}

}  // namespace millrace::pipeline
