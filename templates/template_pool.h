#pragma once
// TemplatePool: the Evaluator that runs templates in worker processes, one or two for each project.
//
// Templates that were stopped by a limit, and those that take more than a quarter of the allowed
// time, have a worker of their own with a short queue, a low priority and a tenth of a processor;
// requests that do not fit are answered as busy. So they cost the others nothing.
//
// Lifetime  the destructor ends the workers; what waits is answered as busy.
// Thread    any.
// See       docs/adr/0006-template-workers.md

#include <map>
#include <memory>

#include "core/base/guarded.h"
#include "core/ports/evaluator.h"
#include "templates/conduct.h"
#include "templates/evaluation_limits.h"
#include "templates/lane.h"
#include "templates/template_events.h"

namespace millrace::templates {

class TemplatePool final : public Evaluator {
public:
    struct Options {
        WorkerCommand command;
        EvaluationLimits limits;
        // That may wait in a project; sources of which only few do may have more.
        std::size_t items_max = 4096;
        int suspect_niceness = 19;  // of the worker for those that run away
        StartThread start_thread = LaneOptions{}.start_thread;
    };

    TemplatePool(Options options, TemplateEvents events);

    bool is_busy(ProjectId id, const TemplateTexts& templates) override;
    // `done` may be called before it returns.
    Result<void> submit(TemplateBatch batch) override;
    Result<std::vector<std::optional<std::string>>> check(const TemplateTexts& texts) override;

    struct Load {
        std::size_t workers = 0;  // processes
        std::size_t waiting = 0;  // evaluations
    };
    // Of all projects, now.
    Load load();

private:
    struct Project {
        Project(const Options& options, const TemplateEvents& events);
        bool take_over(const QueuedItem& item);

        Conduct conduct;
        Lane suspects;
        Lane trusted;
    };

    struct Projects {
        std::map<ProjectId, std::unique_ptr<Project>> by_id;
        SteadyTime try_again_at;  // after one that could not be made
    };

    Result<Project*> project(ProjectId id);

    const Options options_;
    const TemplateEvents events_;
    Guarded<Projects> projects_;
};

}  // namespace millrace::templates
