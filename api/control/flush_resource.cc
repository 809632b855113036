#include "api/control/flush_resource.h"

#include <fmt/format.h>

#include <utility>

#include "api/control/render.h"
#include "core/definitions/edit_context.h"

namespace millrace::control {
namespace {

constexpr std::string_view kDone = "All rows that were accepted before are in the table";

// What a flush that has succeeded says.
Result<std::string> result_text(FileCatalog& lifecycle, SinkNumber sink) {
    TRY_ASSIGN(const auto statistics, lifecycle.statistics(sink));
    const auto rows = statistics.set_aside.rows;
    if (rows == 0) return fmt::format("{}.", kDone);
    return fmt::format("{}, but for {} in files that are set aside.", kDone, rows);
}

Result<Response> flush(const FlushApi& api, const Call& call) {
    TRY_ASSIGN(const auto sink, definitions::load(api.catalog, call.sink));
    const auto work = [&api, number = sink.number](const std::shared_ptr<TaskMark>& mark,
                                                   const definitions::TaskRunner::Done& done) {
        api.flush.run(number, [&api, number, mark, done](Result<void> outcome) {
            if (!outcome.ok()) return done(std::move(outcome));
            auto text = result_text(api.lifecycle, number);
            if (!text.ok()) return done(std::move(text).error());
            mark->result = std::move(text).value();
            done({});
        });
    };
    TRY_ASSIGN(const auto task, api.tasks.start({.operation = "flush.sink",
                                                 .source = call.sink.source,
                                                 .sink = call.sink.sink,
                                                 .success_text = fmt::format("{}.", kDone)},
                                                work));
    return task_response(task, api.scope);
}

}  // namespace

void add_flush(Router& router, const FlushApi& api) {
    Routes<FlushApi>(router, api)
        .add("POST", "/v1/branches/{branchId}/sources/{sourceId}/sinks/{sinkId}/flush", flush);
}

}  // namespace millrace::control
