#pragma once
// Effect: what follows from an edit of definitions that is saved.

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "core/base/result.h"
#include "core/model/sink.h"
#include "core/pipeline/source_route.h"

namespace millrace::definitions {

struct EditContext;

// Files to close: those of the sink mapped by a version below `below`.
struct Closing {
    SinkNumber sink;
    MappingVersion below;
};

struct Effect {
    SourceKey source;
    std::shared_ptr<const pipeline::SourceRoute> route;  // null: the source is gone
    std::vector<Closing> closings;
};

// What an edit returns: no effect where the state was as wanted already, or no loop needs to know.
using Edited = Result<std::optional<Effect>>;

// Checks, compiles and saves. On the strand of all changes; it must be good for several calls.
using Edit = std::function<Edited(EditContext&)>;

}  // namespace millrace::definitions
