#pragma once
// Changes carries a saved change of definitions to the data plane and the journal.
//
// The order is the point (docs/ARCHITECTURE.md, "A change of a sink"):
//   1. the edit checks, compiles and saves the definitions;
//   2. the new route is published;
//   3. when every ingest loop serves it, all rows mapped with the old one are queued at the journal
//   ahead of
//   4. closing the files of the old mapping versions, so what was accepted before is imported;
//   5. then the change is done.
//
// Thread  apply() on the strand of all changes; publish_all() before the first task. `done` may be
//         called on a loop or on the journal's thread.

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "core/base/result.h"
#include "core/definitions/events.h"
#include "core/definitions/route_builder.h"
#include "core/model/sink.h"
#include "core/pipeline/source_route.h"
#include "core/ports/definition_catalog.h"
#include "core/ports/journal.h"

namespace millrace::definitions {

// Files to close: those of the sink mapped by a version below `below`.
struct Closing {
    SinkNumber sink;
    MappingVersion below;
};

// What follows from an edit that is saved.
struct Effect {
    SourceKey source;
    std::shared_ptr<const pipeline::SourceRoute> route;  // null: the source is gone
    std::vector<Closing> closings;
};

class Changes {
public:
    using Done = std::function<void(Result<void>)>;
    // Nothing where the state was as wanted already, or no loop needs to know.
    using Edit = std::function<Result<std::optional<Effect>>()>;

    Changes(DefinitionCatalog& catalog, Journal& journal, pipeline::RoutePublisher& routes,
            const RouteBuilder& builder, const SettingOverrides& node, const Events& events)
        : catalog_(catalog),
          journal_(journal),
          routes_(routes),
          builder_(builder),
          node_(node),
          events_(events) {}

    // Runs the edit and carries out its effect; never waits.
    void apply(const Edit& edit, Done done);

    // Whether an effect is not carried out yet: loops may still hand over rows that were mapped as
    // the definitions were before. On the strand.
    bool are_under_way() const { return under_way_ > 0; }

    // At start: gives sinks whose settings in force are no longer those of their mapping version a
    // new one (the configuration of the node has changed), publishes the routes of all sources and
    // then closes the files that changes before did not come to close: of older mapping versions,
    // and of sinks that are disabled or deleted. Errors  those of the catalog; `done` is then not
    // called
    Result<void> publish_all(std::function<void()> done);

private:
    void close_stale(const std::vector<Sink>& active, std::function<void()> done);

    DefinitionCatalog& catalog_;
    Journal& journal_;
    pipeline::RoutePublisher& routes_;
    const RouteBuilder& builder_;
    const SettingOverrides& node_;
    const Events& events_;
    std::atomic<std::size_t> under_way_ = 0;
};

}  // namespace millrace::definitions
