#include "api/control/flush_resource.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>
#include <utility>
#include <vector>

#include "api/control/render.h"
#include "core/accounts/ledger.h"
#include "core/definitions/edit_context.h"

namespace millrace::control {
namespace {

constexpr std::string_view kDone = "All rows that were accepted before are in the table";

// What a flush that has succeeded says: every row that is not in the table is named.
Result<std::string> result_text(const FlushApi& api, SinkNumber sink) {
    TRY_ASSIGN(const auto ledger,
               accounts::read_ledger(api.lifecycle, api.journal, api.rejects, sink));
    std::vector<std::string> others;
    const auto add = [&](std::uint64_t rows, std::string_view where) {
        if (rows > 0) others.push_back(fmt::format("{} {}", rows, where));
    };
    add(ledger.set_aside, "in files that are set aside");
    add(ledger.kept_rejects, "that are rejects");
    add(ledger.discarded, "that were discarded");
    add(ledger.lost, "that are lost");
    if (others.empty()) return fmt::format("{}.", kDone);
    return fmt::format("{}, but for {}.", kDone, fmt::join(others, ", "));
}

Result<Response> flush(const FlushApi& api, const Call& call) {
    TRY_ASSIGN(const auto sink, definitions::load(api.catalog, call.sink));
    const auto work = [&api, number = sink.number](const std::shared_ptr<TaskMark>& mark,
                                                   const definitions::TaskRunner::Done& done) {
        api.flush.run(number, [&api, number, mark, done](Result<void> outcome) {
            if (!outcome.ok()) return done(std::move(outcome));
            auto text = result_text(api, number);
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
