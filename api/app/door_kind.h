#pragma once
// DoorKind: one way for records to come in, with a listener or a client of its own. OpenDoor is one
// that runs.
//
// The service opens each door before it publishes routes, starts it before it is ready, and stops
// it before what it hands records to.

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "api/access/token_gate.h"
#include "api/app/metrics.h"
#include "api/config/config.h"
#include "api/control/service_facts.h"
#include "api/http/tls_context.h"
#include "core/accounts/traffic_series.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/lifecycle/backends.h"
#include "core/model/backend_names.h"
#include "core/pipeline/idempotency_window.h"
#include "core/pipeline/key_homes.h"
#include "core/pipeline/load_ends.h"
#include "core/pipeline/load_writer.h"
#include "core/pipeline/reject_queue.h"
#include "core/pipeline/source_route.h"
#include "core/pipeline/visible_loads.h"
#include "core/ports/clock.h"
#include "core/ports/definition_catalog.h"
#include "core/ports/evaluator.h"
#include "core/ports/file_catalog.h"
#include "core/ports/journal.h"
#include "core/ports/parquet_body.h"
#include "core/ports/reject_store.h"
#include "core/ports/row_expressions.h"
#include "core/ports/table_catalog.h"

namespace millrace {

class BackendProbe;
class CoverageStore;

// Everything here outlives the door, and may still complete what it took after its stop().
struct DoorPorts {
    const config::Config& config;
    Journal& journal;
    Clock& clock;
    pipeline::RejectQueue& rejects;
    RejectStore& reject_store;  // what it has
    pipeline::IdempotencyWindow& window;
    pipeline::KeyHomes& key_homes;
    Evaluator& evaluator;
    access::TokenGate& gate;             // for doors whose clients have tokens
    access::WrongTokens& wrong_secrets;  // of URLs of sources
    DefinitionCatalog& definitions;
    // For doors that load.
    TableCatalog& tables;
    const lifecycle::Targets& targets;
    const pipeline::LoadStores& load_stores;
    FileCatalog& files;  // of rows of loads that are committed
    pipeline::LoadEnds& loads;
    pipeline::VisibleLoads& visible_loads;
    ExpressionCompiler& expressions;
    ParquetBodies& parquet;
    BackendProbe& backend_probe;
    CoverageStore& coverage;
    bool is_restored;          // rows of another installation may be in tables
    const http::LiveTls* tls;  // of ports for events; null: they speak plain
    // Whether records are taken now, and those of one source; from any thread.
    std::function<Result<void>()> accepting;
    std::function<Result<void>(const SourceId&)> accepting_of;
    // Whether so many bytes more fit on the volume above its reserve, as it is now; from any
    // thread.
    // Errors  overloaded stream.in.diskFull
    std::function<Result<void>(const VolumeId&, std::uint64_t bytes)> has_room_for;
};

// Thread  publish() and what is const from any, the others from the one that starts the service.
class OpenDoor : public pipeline::RoutePublisher {
public:
    // Takes the address; answers nothing yet. Returns what clients call it by: "https://host:port".
    // Errors  unavailable: the address cannot be taken
    virtual Result<std::string> bind() = 0;

    virtual void start() = 0;

    // The service will end soon: clients should go elsewhere; everything is still served.
    virtual void leave() = 0;

    // Takes nothing more, and returns when what it has is answered, at the latest after `grace`.
    // Later calls do nothing. A route that is published after it is served at once.
    virtual void stop(Milliseconds grace) = 0;

    virtual void add_metrics(MetricsText& text) const = 0;

    // Adds what has come in by it, but for rows.
    virtual void add_traffic(accounts::TrafficTotals& totals) const { static_cast<void>(totals); }

    // Sources for which it should fetch records, and cannot.
    virtual std::vector<control::SilentSource> silent_sources() const { return {}; }
};

struct DoorKind {
    std::string_view name;
    std::vector<SourceKindName> sources;  // the kinds that it receives for
    std::function<std::unique_ptr<OpenDoor>(const DoorPorts& ports)> open;
};

}  // namespace millrace
