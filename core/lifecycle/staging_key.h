#pragma once
// The names of objects in staging: "<sink number>/<file id>.<slice id>.<attempt>.csv", with ".gz"
// when compressed. One folder a sink: one for each file would have to be made, synced and removed.
//
// Each attempt to upload a slice has a name of its own, so that one that was given up and goes on
// all the same never writes into what another one has stored. The catalog says whose object counts.

#include <optional>
#include <string>
#include <string_view>

#include "core/model/settings.h"
#include "core/model/slice.h"

namespace millrace::lifecycle {

// `attempt` is of [0-9a-z-].
std::string staging_key(const SliceOpening& slice, std::string_view attempt,
                        Compression compression);

// The slice that an object with that key is of; nothing if it is no such key. Keys without an
// attempt, as versions before made them, are some.
std::optional<SliceId> slice_of_key(std::string_view key);

}  // namespace millrace::lifecycle
