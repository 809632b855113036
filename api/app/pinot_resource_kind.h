#pragma once
// The endpoints in Apache Pinot's form. See docs/pinot.md.

#include <memory>

#include "api/app/resource_kind.h"
#include "api/kafka/source_watch.h"

namespace millrace {

// `watches` has what the Kafka sources do.
ResourceKind pinot_resource_kind(std::shared_ptr<const kafka::SourceWatches> watches);

}  // namespace millrace
