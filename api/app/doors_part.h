#pragma once
// DoorsPart: the doors that records come in by. start() takes their addresses; serve() opens them.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/app/access_part.h"
#include "api/app/kinds.h"
#include "api/app/machine_part.h"
#include "api/app/part.h"
#include "api/app/pipeline_part.h"
#include "api/app/storage_part.h"
#include "api/app/tls_part.h"
#include "core/pipeline/homed_routes.h"
#include "core/pipeline/route_fan_out.h"
#include "storage/duckdb/spooled_bodies.h"
#include "storage/expressions/sqlite_expressions.h"

namespace millrace {

class DoorsPart final : public Part {
public:
    DoorsPart(MachinePart& machine, StoragePart& storage, AccessPart& access,
              PipelinePart& pipeline, TlsPart& tls, const Kinds& kinds)
        : machine_(machine),
          storage_(storage),
          access_(access),
          pipeline_(pipeline),
          tls_(tls),
          kinds_(kinds) {}

    Result<void> start() override;
    // Once routes are published: the first request already finds its source.
    void serve();
    // Clients should go elsewhere; everything is still served.
    void leave();
    // Answers what is in flight, as far as its last byte comes within ingest.stop-time.
    void stop() override;

    // What clients call the first door by.
    const std::string& url() const { return url_; }
    pipeline::RoutePublisher& routes() { return *routes_; }
    const std::vector<std::unique_ptr<OpenDoor>>& all() const { return doors_; }

private:
    MachinePart& machine_;
    StoragePart& storage_;
    AccessPart& access_;
    PipelinePart& pipeline_;
    TlsPart& tls_;
    const Kinds& kinds_;
    expressions::SqliteExpressions expressions_;
    std::optional<duckdb::SpooledBodies> parquet_;
    std::vector<std::unique_ptr<OpenDoor>> doors_;
    std::string url_;
    std::unique_ptr<pipeline::RouteFanOut> fan_out_;
    std::unique_ptr<pipeline::HomedRoutes> routes_;
};

}  // namespace millrace
