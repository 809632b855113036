#pragma once
// ControlPart: the REST API, and the definitions that it changes.

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "api/app/access_part.h"
#include "api/app/doors_part.h"
#include "api/app/kinds.h"
#include "api/app/machine_part.h"
#include "api/app/part.h"
#include "api/app/pipeline_part.h"
#include "api/app/storage_part.h"
#include "api/app/tls_part.h"
#include "api/app/traffic_recorder.h"
#include "api/control/api_server.h"
#include "api/control/backup_resource.h"
#include "api/control/control_plane.h"
#include "storage/os/system_rng.h"
#include "storage/os/thread_executor.h"

namespace millrace {

class ControlPart final : public Part {
public:
    ControlPart(MachinePart& machine, StoragePart& storage, AccessPart& access,
                PipelinePart& pipeline, TlsPart& tls, DoorsPart& doors, const Kinds& kinds)
        : machine_(machine),
          storage_(storage),
          access_(access),
          pipeline_(pipeline),
          tls_(tls),
          doors_(doors),
          kinds_(kinds) {}

    // Publishes the routes, opens the doors and then the API, so that no client finds half a
    // service.
    Result<void> start() override;
    // No task begins any more; requests under way are answered.
    void stop() override;

    const std::string& url() const { return url_; }
    control::ControlPlane& plane() { return *plane_; }

private:
    control::ControlPlane::Ports ports();
    control::ServiceFacts facts() const;
    std::vector<control::VolumeSpace> spaces() const;
    accounts::TrafficTotals traffic() const;
    std::vector<control::AddResource> resources();
    Result<void> publish_and_serve();
    std::string metrics() const;
    void back_up(const control::BackupWish& wish, std::function<void(Result<std::string>)> done);

    MachinePart& machine_;
    StoragePart& storage_;
    AccessPart& access_;
    PipelinePart& pipeline_;
    TlsPart& tls_;
    DoorsPart& doors_;
    const Kinds& kinds_;
    os::SystemRng request_id_rng_;
    TrafficRecorder traffic_{{.executor = machine_.background(),
                              .clock = machine_.clock(),
                              .disk = machine_.disk(),
                              .path = machine_.path("traffic"),
                              .totals = [this] { return traffic(); }}};
    std::atomic<bool> is_stopping_ = false;
    os::ThreadExecutor backups_{"backup"};  // one at a time
    std::unique_ptr<control::ControlPlane> plane_;
    std::unique_ptr<control::Server> server_;
    std::string url_;
};

}  // namespace millrace
