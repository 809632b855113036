#include "api/control/flush_resource.h"

#include "api/control/render.h"
#include "core/definitions/edit_context.h"

namespace millrace::control {
namespace {

Result<Response> flush(const FlushApi& api, const Call& call) {
    TRY_ASSIGN(const auto sink, definitions::load(api.catalog, call.sink));
    const auto work = [&api, number = sink.number](const std::shared_ptr<TaskMark>&,
                                                   const definitions::TaskRunner::Done& done) {
        api.flush.run(number, done);
    };
    TRY_ASSIGN(const auto task,
               api.tasks.start({.operation = "flush.sink",
                                .source = call.sink.source,
                                .sink = call.sink.sink,
                                .success_text = "All rows that were accepted before are in the "
                                                "table."},
                               work));
    return json_response(202, render_task(task, api.scope));
}

}  // namespace

void add_flush(Router& router, const FlushApi& api) {
    Routes<FlushApi>(router, api)
        .add("POST", "/v1/branches/{branchId}/sources/{sourceId}/sinks/{sinkId}/flush", flush);
}

}  // namespace millrace::control
