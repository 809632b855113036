#include "api/ingest/gate.h"

#include <fmt/format.h>

#include <charconv>
#include <string>
#include <utility>

#include "core/base/error_names.h"
#include "core/base/prefetch.h"
#include "core/base/shown_text.h"

namespace millrace::ingest {
namespace {

constexpr std::size_t kShownMax = 60;  // characters of what a client has sent

Error bad_request(std::string text) {
    return Error(Code::invalid, std::move(text)).named(error_names::kInBadRequest);
}

Error no_source_found() {
    return Error(Code::not_found,
                 "The specified combination of projectID, sourceID and secret was not found.")
        .named(error_names::kInNoSourceFound);
}

Error not_served(const pipeline::SourceRoute& route) {
    if (route.broken.empty()) {
        return Error(Code::not_found, "The specified source is disabled in all branches.")
            .named(error_names::kInDisabledSource);
    }
    return Error(Code::overloaded,
                 "A sink of the source does not work any more and must be corrected first.")
        .named(error_names::kInSinkBroken);
}

std::optional<ProjectId> parse_project(std::string_view text) {
    std::uint32_t number = 0;
    const auto* const end = text.data() + text.size();
    const auto [stop, failure] = std::from_chars(text.data(), end, number);
    if (failure != std::errc() || stop != end) return {};
    return ProjectId(number);
}

}  // namespace

Gate::Gate(const Clock& clock, Counters& counters)
    : clock_(clock), counters_(counters), unknown_source_secret_(std::string(48, '\0')) {}

// Whether it is the secret from before a rotation, and may be so for now.
bool Gate::opens_still(const pipeline::SourceRoute& route, std::string_view secret) const {
    const auto& retired = route.retired;
    return retired && retired->secret.matches(secret) && clock_.wall() < retired->until;
}

Result<Admission> Gate::admit(const Target& target) const {
    const auto project = parse_project(target.project);
    if (!project)
        return bad_request(
            fmt::format("Invalid project ID \"{}\".", shortened(target.project, kShownMax)));
    const auto* const found = routes_.find(*project, target.source);
    const auto* const route = found == nullptr ? nullptr : found->get();
    // One of thousands is not in the processor's cache; it comes while the secret is compared.
    if (route != nullptr) prefetch(*route);
    // An unknown source costs the same comparison, so its absence cannot be measured.
    const auto& secret = route == nullptr ? unknown_source_secret_ : route->secret;
    const bool matches = secret.matches(target.secret);
    if (route == nullptr || (!matches && !opens_still(*route, target.secret))) {
        return no_source_found();
    }
    if (!route->enabled) return not_served(*route);
    const auto ack = parse_ack(target.ack);
    if (!target.ack.empty() && !ack) return bad_request("Ack must be disk, cache or memory.");
    const auto form = parse_record_form(target.records);
    if (!target.records.empty() && !form) {
        return bad_request("records must be single, lines or array.");
    }
    return Admission{.route = found,
                     .routes_version = routes_version_,
                     .asked = {.verbose = target.verbose, .ack = ack},
                     .form = form};
}

std::optional<Answer> Gate::over_rate(const pipeline::SourceRoute& route) {
    if (route.rates == nullptr) return {};
    const auto now = clock_.steady();
    const auto* const exceeded = route.rates->exceeded(now);
    if (exceeded == nullptr) return {};
    counters_.rate_limited.add();
    return too_many_records(*exceeded, exceeded->wait(now));
}

void Gate::set_route(const pipeline::SourceAddress& address,
                     std::shared_ptr<const pipeline::SourceRoute> route) {
    ++routes_version_;
    routes_.set(address, std::move(route));
}

}  // namespace millrace::ingest
