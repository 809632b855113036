#pragma once
// PipelinePart: what moves rows: the lifecycle, the queue of rejects, the evaluation of templates,
// and the strand of changes.

#include <memory>
#include <optional>

#include "api/app/machine_part.h"
#include "api/app/part.h"
#include "api/app/service_metrics.h"
#include "api/app/storage_part.h"
#include "api/control/rows_progress.h"
#include "core/lifecycle/lifecycle.h"
#include "core/pipeline/load_ends.h"
#include "core/pipeline/load_writer.h"
#include "core/pipeline/recent_requests.h"
#include "core/pipeline/reject_queue.h"
#include "core/pipeline/sink_counters.h"
#include "core/pipeline/visible_loads.h"
#include "core/pipeline/volume_acts.h"
#include "storage/codec/gzip.h"
#include "storage/os/thread_executor.h"
#include "templates/template_pool.h"

namespace millrace {

class PipelinePart final : public Part {
public:
    PipelinePart(MachinePart& machine, StoragePart& storage)
        : machine_(machine), storage_(storage) {}

    // From here on volumes take rows.
    Result<void> start() override;
    // Drops changes that have not begun, and ends the steps under way.
    void stop() override;

    lifecycle::Lifecycle& lifecycle() { return *lifecycle_; }
    const pipeline::LoadStores& load_stores() { return *load_stores_; }
    pipeline::LoadEnds& load_ends() { return *load_ends_; }
    pipeline::VisibleLoads& visible_loads() { return visible_loads_; }
    pipeline::VolumeActs& volume_acts() { return *volume_acts_; }
    pipeline::RejectQueue& rejects() { return *rejects_; }
    templates::TemplatePool& templates() { return *templates_; }
    const TemplateCounters& template_counters() const { return template_counters_; }
    pipeline::SinkCounterSet& sink_counters() { return sink_counters_; }
    pipeline::RecentRequests& recent_requests() { return recent_requests_; }
    control::Progress& progress() { return progress_; }
    Executor& tasks() { return tasks_; }

private:
    Result<void> start_lifecycle();
    bool abort_refused_load(const lifecycle::LoadRefused& refused);
    Result<void> forget_ended_volumes();
    Result<void> start_loads();
    void tidy_loads();
    std::unique_ptr<templates::TemplatePool> make_template_pool();

    MachinePart& machine_;
    StoragePart& storage_;
    pipeline::SinkCounterSet sink_counters_;
    control::Progress progress_;
    pipeline::RecentRequests recent_requests_;
    codec::GzipCodec gzip_;
    std::unique_ptr<lifecycle::Lifecycle> lifecycle_;
    std::unique_ptr<pipeline::VolumeActs> volume_acts_;
    std::optional<pipeline::LoadStores> load_stores_;
    std::unique_ptr<pipeline::LoadEnds> load_ends_;
    std::unique_ptr<pipeline::RejectQueue> rejects_;
    TemplateCounters template_counters_;
    std::unique_ptr<templates::TemplatePool> templates_;
    os::ThreadExecutor tasks_{"tasks"};
    os::ThreadExecutor rejects_thread_{"rejects"};
    os::ThreadExecutor loads_thread_{"loads"};  // ends loads; first to end, it uses all above
    pipeline::VisibleLoads visible_loads_{
        {.is_imported = [this](const Load& load) { return storage_.catalog().is_imported(load); },
         .executor = loads_thread_,
         .clock = machine_.clock(),
         .look_for_work = [this] { lifecycle_->look(); }}};
};

}  // namespace millrace
