#pragma once
// The door "http": events that clients send to the URL of a source. See docs/ingest.md.

#include "api/app/door_kind.h"

namespace millrace {

DoorKind http_door_kind();

}  // namespace millrace
