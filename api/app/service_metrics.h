#pragma once
// What GET /metrics says of a service. docs/metrics.md has the list.

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "api/app/door_kind.h"
#include "api/app/local_volume.h"
#include "api/app/node_backends.h"
#include "api/app/tls_part.h"
#include "api/control/api_server.h"
#include "core/lifecycle/lifecycle.h"
#include "core/pipeline/idempotency_window.h"
#include "core/pipeline/reject_queue.h"
#include "core/pipeline/sink_counters.h"
#include "core/pipeline/volumes.h"
#include "core/ports/clock.h"
#include "storage/catalog/sqlite_catalog.h"

namespace millrace {

struct TemplateCounters {
    std::atomic<std::uint64_t> killed = 0;  // evaluations, by a limit
    std::atomic<std::uint64_t> workers_lost = 0;
};

// Where the figures come from.
struct MeasuredService {
    const std::vector<std::unique_ptr<OpenDoor>>& doors;
    const control::Server& api;
    const pipeline::RejectQueue& rejects;
    const pipeline::IdempotencyWindow& window;
    const pipeline::SinkCounterSet& sink_counters;
    const TemplateCounters& templates;
    const lifecycle::Lifecycle& lifecycle;
    catalog::SqliteCatalog& catalog;
    const NodeBackends& backends;
    const pipeline::Volumes& volumes;
    const std::vector<std::unique_ptr<LocalVolume>>& local_volumes;
    const TlsPart& tls;
    const Clock& clock;
    std::uint64_t wrong_tokens = 0;  // sent to either port
};

// In the Prometheus exposition format 0.0.4. From any thread.
std::string metrics_text(const MeasuredService& service);

}  // namespace millrace
