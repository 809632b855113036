#pragma once
// Builds what the data plane serves from the definitions of a source and its sinks.

#include <memory>
#include <vector>

#include "core/base/result.h"
#include "core/mapping/source_mapper.h"
#include "core/model/settings.h"
#include "core/model/sink.h"
#include "core/model/source.h"
#include "core/pipeline/source_route.h"

namespace millrace::control {

pipeline::SourceAddress address_of(const SourceKey& key);

// `node` are the settings that the configuration of the node overrides.

// The route of a source that is not deleted, with its active sinks ordered by id; a disabled source
// has none. Errors  invalid: a column that cannot be compiled
Result<std::shared_ptr<const pipeline::SourceRoute>> build_route(const Source& source,
                                                                 const std::vector<Sink>& sinks,
                                                                 mapping::MappingLimits limits,
                                                                 const SettingOverrides& node);

// The route as if the source and all these sinks were enabled, in the order of `sinks`.
Result<std::shared_ptr<const pipeline::SourceRoute>> build_full_route(
    const Source& source, const std::vector<Sink>& sinks, mapping::MappingLimits limits,
    const SettingOverrides& node);

}  // namespace millrace::control
