#pragma once
// BackgroundPart: what the service does besides: it says that it is ready, and forgets now and then
// what is kept no longer. Being the last part, it is the first to say that the service ends.

#include "api/app/control_part.h"
#include "api/app/doors_part.h"
#include "api/app/machine_part.h"
#include "api/app/part.h"
#include "api/app/pipeline_part.h"
#include "api/app/service_manager.h"
#include "api/app/storage_part.h"

namespace millrace {

class BackgroundPart final : public Part {
public:
    BackgroundPart(MachinePart& machine, StoragePart& storage, PipelinePart& pipeline,
                   DoorsPart& doors, ControlPart& control)
        : machine_(machine),
          storage_(storage),
          pipeline_(pipeline),
          doors_(doors),
          control_(control) {}

    Result<void> start() override;
    void stop() override;

private:
    void tell_clients();
    void clean_up_now_and_then();

    MachinePart& machine_;
    StoragePart& storage_;
    PipelinePart& pipeline_;
    DoorsPart& doors_;
    ControlPart& control_;
    ServiceManager manager_ = ServiceManager::of_environment();
    bool is_ready_ = false;
};

}  // namespace millrace
