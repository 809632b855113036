#include "core/definitions/route_builder.h"

#include <algorithm>
#include <utility>

#include "core/definitions/definition_errors.h"
#include "core/model/body_settings.h"
#include "core/model/http_settings.h"
#include "core/model/idempotency_settings.h"
#include "core/model/kind_settings.h"
#include "core/model/rate_settings.h"
#include "core/model/recent_settings.h"
#include "core/model/settings.h"
#include "core/model/volume_setting.h"
#include "core/pipeline/idempotency_key.h"

namespace millrace::definitions {

pipeline::SourceAddress address_of(const SourceKey& key) {
    return {.project = key.project, .source = key.source};
}

void tell_broken(const Events& events, const pipeline::SourceRoute& route) {
    for (const auto& [sink, problem] : route.broken) {
        events.sink_broken({.source = route.key, .sink = sink, .problem = problem});
    }
}

namespace {

constexpr std::string_view kNoDetails = "{}";

// Whether some column has what only the client's connection knows.
bool sees_client(const std::vector<std::vector<Column>>& sinks) {
    return std::ranges::any_of(sinks, [](const auto& columns) {
        return std::ranges::find(columns, ColumnType::client_certificate, &Column::type) !=
               columns.end();
    });
}

bool takes(const Sink& sink, Signal signal) {
    return sink.signals.empty() || std::ranges::find(sink.signals, signal) != sink.signals.end();
}

}  // namespace

// A source of OTLP has a route for each signal, of the sinks that take it. Those are one where all
// sinks take all.
Result<RouteBuilder::Route> RouteBuilder::assemble(const Source& source, bool enabled,
                                                   const std::vector<const Sink*>& served,
                                                   std::vector<pipeline::BrokenSink> broken) const {
    if (source.kind != kOtlpSource) {
        TRY_ASSIGN(auto route, assemble_one(source, enabled, served, std::move(broken)));
        return Route(std::move(route));
    }
    TRY_ASSIGN(const auto all, assemble_one(source, enabled, served, {}));
    TRY_ASSIGN(auto route, assemble_one(source, enabled, served, std::move(broken)));
    all->rates = route->rates;  // the source has them, not the signal
    for (std::size_t i = 0; i < kSignals.size(); ++i) {
        std::vector<const Sink*> taking;
        for (const auto* sink : served) {
            if (takes(*sink, kSignals[i])) taking.push_back(sink);
        }
        if (taking.size() == served.size()) {
            route->by_signal[i] = all;
            continue;
        }
        TRY_ASSIGN(auto some, assemble_one(source, enabled, taking, {}));
        some->rates = route->rates;
        route->by_signal[i] = std::move(some);
    }
    return Route(std::move(route));
}

Result<std::shared_ptr<pipeline::SourceRoute>> RouteBuilder::assemble_one(
    const Source& source, bool enabled, const std::vector<const Sink*>& served,
    std::vector<pipeline::BrokenSink> broken) const {
    std::vector<pipeline::SinkRoute> routes;
    std::vector<std::vector<Column>> columns;
    std::vector<ValueRules> rules;
    for (const auto* sink : served) {
        auto in_force =
            resolve_settings({.node = node_, .source = source.settings, .sink = sink->settings});
        // Nobody sent the message, so nobody can be told that it is refused.
        if (source.kind == kKafkaSource) in_force.rejects.keep = true;
        routes.push_back({.sink = sink->key.sink,
                          .version = {.sink = sink->number, .mapping = sink->mapping},
                          .sync_wait = in_force.sync_wait,
                          .rejects = in_force.rejects,
                          .counters = counters_.of(sink->number)});
        columns.push_back(sink->columns);
        rules.push_back(rules_of_ ? rules_of_(sink->target) : ValueRules());
    }
    auto settings = resolve_source_settings({.node = node_, .source = source.settings});
    // As its protocol says: the answer counts the records that were refused.
    if (source.kind == kOtlpSource) settings.bad_records = BadRecords::skip;
    const auto secrets =
        settings.secret_headers ? mapping::SecretHeaders::shown : mapping::SecretHeaders::left_out;
    const auto plain_text =
        resolve_body_settings({.node = node_, .source = source.settings}).text_as_json
            ? mapping::PlainText::json
            : mapping::PlainText::unsupported;
    auto of_kind = kind_overrides({.node = node_, .source = source.settings});
    auto limits = limits_;
    if (row_bytes_of_) limits.row_bytes_max = std::max(limits.row_bytes_max, row_bytes_of_(source));
    if (const auto row = resolve_http_settings(of_kind).row_bytes; row > 0) {
        limits.row_bytes_max = std::min(limits.row_bytes_max, row);
    }
    TRY_ASSIGN(auto mapper,
               mapping::SourceMapper::compile(columns, limits, secrets, plain_text, rules));
    const auto rates = resolve_rate_settings({.node = node_, .source = source.settings});
    const bool is_limited = rates != RateSettings{};
    const bool has_of_kind = of_kind.size() > of_kind.count(kVolumeSetting);
    const bool asks_more =
        source.details.size() > kNoDetails.size() || has_of_kind || sees_client(columns);
    return std::make_shared<pipeline::SourceRoute>(pipeline::SourceRoute{
        .key = source.key,
        .kind = source.kind,
        .details = source.details,
        .secret = source.secret,
        .retired = source.retired,
        .enabled = enabled,
        .broken = std::move(broken),
        .settings = settings,
        .kind_settings = std::move(of_kind),
        .asks_more = asks_more,
        .idempotency = resolve_idempotency_settings({.node = node_, .source = source.settings}),
        .key_scope = pipeline::key_scope(source),
        .rates = is_limited ? std::make_shared<policy::SourceRates>(rates.records, rates.bytes)
                            : nullptr,
        .tap = tap_of(source),
        .sinks = std::move(routes),
        .mapper = std::move(mapper)});
}

std::shared_ptr<pipeline::SourceTap> RouteBuilder::tap_of(const Source& source) const {
    if (recent_ == nullptr) return nullptr;
    if (resolve_recent_requests({.node = node_, .source = source.settings})) {
        return recent_->of(source.key);
    }
    recent_->drop(source.key);
    return nullptr;
}

Result<RouteBuilder::Route> RouteBuilder::build(const Source& source,
                                                const std::vector<Sink>& sinks) const {
    const bool enabled = !source.disabled;
    std::vector<const Sink*> active;
    for (const auto& sink : sinks) {
        if (enabled && sink.is_active()) active.push_back(&sink);
    }
    std::sort(active.begin(), active.end(),
              [](const Sink* a, const Sink* b) { return a->key.sink < b->key.sink; });
    auto route = assemble(source, enabled, active);
    if (route.ok()) return route;
    auto broken = find_broken(active);
    if (broken.empty()) return route;
    return assemble(source, false, {}, std::move(broken));
}

std::vector<pipeline::BrokenSink> RouteBuilder::find_broken(
    const std::vector<const Sink*>& sinks) const {
    std::vector<pipeline::BrokenSink> broken;
    for (const auto* sink : sinks) {
        const auto checked = check(sink->columns);
        if (checked.ok()) continue;
        broken.push_back({.sink = sink->key.sink, .problem = checked.error().operator_text()});
    }
    return broken;
}

Result<void> RouteBuilder::check(const std::vector<Column>& columns) const {
    TRY(mapping::SourceMapper::compile({columns}, limits_, mapping::SecretHeaders::left_out));
    return {};
}

Result<RouteBuilder::Route> RouteBuilder::build_full(const Source& source,
                                                     const std::vector<Sink>& sinks) const {
    std::vector<const Sink*> all;
    for (const auto& sink : sinks) all.push_back(&sink);
    auto route = assemble(source, true, all);
    if (route.ok()) return route;
    const auto broken = find_broken(all);
    return broken.empty() ? std::move(route)
                          : sink_broken(broken.front().sink, broken.front().problem);
}

}  // namespace millrace::definitions
