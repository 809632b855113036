#pragma once
// The door "kafka": topics that the service reads by itself. See docs/kafka.md.

#include <memory>

#include "api/app/door_kind.h"
#include "api/kafka/reject_decoder.h"
#include "api/kafka/source_watch.h"

namespace millrace {

// What its sources do is in `watches`; `rejects` gets what it needs to read rejects again.
DoorKind kafka_door_kind(std::shared_ptr<kafka::SourceWatches> watches,
                         std::shared_ptr<kafka::RejectDecoders> rejects);

}  // namespace millrace
