#pragma once
// RouteBuilder: the definitions of a source and its sinks -> what the data plane serves.
//
// Thread  any.

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "core/base/result.h"
#include "core/definitions/definition_events.h"
#include "core/mapping/source_mapper.h"
#include "core/model/settings.h"
#include "core/model/sink.h"
#include "core/model/source.h"
#include "core/model/value_rules.h"
#include "core/pipeline/recent_requests.h"
#include "core/pipeline/sink_counters.h"
#include "core/pipeline/source_route.h"

namespace millrace::definitions {

pipeline::SourceAddress address_of(const SourceKey& key);

// Tells of the sinks that keep the route from being served.
void tell_broken(const Events& events, const pipeline::SourceRoute& route);

class RouteBuilder {
public:
    using Route = std::shared_ptr<const pipeline::SourceRoute>;

    using RulesOf = std::function<ValueRules(const TargetName& target)>;
    // How large rows of the source may be at least, by its kind; 0: as the limits say.
    using RowBytesOf = std::function<std::uint64_t(const Source& source)>;

    // `node` are the settings that the configuration of the node overrides; it, the counters and
    // `recent` must outlive the builder. Without `rules_of` targets have none, and without `recent`
    // no requests are kept.
    RouteBuilder(mapping::MappingLimits limits, const SettingOverrides& node,
                 pipeline::SinkCounterSet& counters, RulesOf rules_of = nullptr,
                 RowBytesOf row_bytes_of = nullptr, pipeline::RecentRequests* recent = nullptr)
        : limits_(limits),
          node_(node),
          counters_(counters),
          rules_of_(std::move(rules_of)),
          row_bytes_of_(std::move(row_bytes_of)),
          recent_(recent) {}

    // The route of a source that is not deleted, with its active sinks ordered by id; a disabled
    // source has none. Where one cannot be compiled the route serves nothing and names it.
    Result<Route> build(const Source& source, const std::vector<Sink>& sinks) const;

    // The route as if the source and all these sinks were enabled, in the order of `sinks`.
    // Errors  conflict  stream.api.sinkBroken: one cannot be compiled
    Result<Route> build_full(const Source& source, const std::vector<Sink>& sinks) const;

    // ok if the columns can be compiled.
    // Errors  invalid: the column that cannot
    Result<void> check(const std::vector<Column>& columns) const;

private:
    Result<Route> assemble(const Source& source, bool enabled,
                           const std::vector<const Sink*>& served,
                           std::vector<pipeline::BrokenSink> broken = {}) const;
    Result<std::shared_ptr<pipeline::SourceRoute>> assemble_one(
        const Source& source, bool enabled, const std::vector<const Sink*>& served,
        std::vector<pipeline::BrokenSink> broken) const;
    std::shared_ptr<pipeline::SourceTap> tap_of(const Source& source) const;
    std::vector<pipeline::BrokenSink> find_broken(const std::vector<const Sink*>& sinks) const;

    const mapping::MappingLimits limits_;
    const SettingOverrides& node_;
    pipeline::SinkCounterSet& counters_;
    const RulesOf rules_of_;
    const RowBytesOf row_bytes_of_;
    pipeline::RecentRequests* const recent_;
};

}  // namespace millrace::definitions
