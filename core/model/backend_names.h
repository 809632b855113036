#pragma once
// Names of what the configuration sets up by name, and of kinds, as definitions and slices keep
// them. A name may be one that is not configured any more.

#include <string>

#include "core/base/ids.h"

namespace millrace {

using TargetName = Id<std::string, struct TargetTag>;    // 1 to 32 of [a-z0-9-]
using StagingName = Id<std::string, struct StagingTag>;  // the same
using SourceKindName = Id<std::string, struct SourceKindTag>;

// What there is without any configuration, and what definitions of before names meant.
inline const TargetName kDefaultTarget("default");
inline const StagingName kDefaultStaging("default");
inline const SourceKindName kHttpSource("http");
inline const SourceKindName kKafkaSource("kafka");
inline const SourceKindName kOtlpSource("otlp");

}  // namespace millrace
