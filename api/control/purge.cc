#include "api/control/purge.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "api/control/api_errors.h"
#include "api/control/render.h"
#include "api/control/source_edits.h"

namespace millrace::control {
namespace {

constexpr Milliseconds kImportAtMost = std::chrono::minutes(5);
constexpr std::string_view kIncomplete =
    "Source deleted, but some destination resources could not be removed: ";

struct Remains {
    std::vector<std::string> problems;
    std::vector<std::string> shared;  // tables that other sinks write to
    std::string cause;                // for the operator
};

bool is_of(const SourceKey& source, const SinkKey& sink) {
    return sink.source == source;
}

// Drops a table that takes no more rows of the source.
Result<void> drop(const Services& services, const SourceKey& source, const TableId& table,
                  std::uint64_t waiting_rows, Remains& remains) {
    TRY_ASSIGN(const auto owners, services.catalog.sinks_of_table(table));
    const bool is_shared = std::any_of(owners.begin(), owners.end(),
                                       [&](const SinkKey& sink) { return !is_of(source, sink); });
    if (is_shared) {
        remains.shared.push_back(table.text());
        return {};
    }
    if (waiting_rows > 0) {
        remains.problems.push_back(fmt::format("{} rows are not imported into table \"{}\" yet",
                                               waiting_rows, table.text()));
        return {};
    }
    if (auto dropped = services.edits.target.drop_table(table); !dropped.ok()) {
        const auto& error = dropped.error();
        remains.problems.push_back(
            is_for_client(error) ? error.client_text()
                                 : fmt::format("table \"{}\" is not available", table.text()));
        remains.cause += error.operator_text() + "; ";
    }
    return {};
}

// Returns the task's result. Errors  conflict: something is left
Result<std::string> remove_everything(const Services& services, const SourceKey& source,
                                      const std::vector<WaitingRows>& left) {
    TRY_ASSIGN(const auto sinks, services.catalog.sinks_with_deleted(source));
    std::map<TableId, std::uint64_t> tables;  // with the rows that wait for it
    for (const auto& sink : sinks) {
        auto& rows = tables[sink.table];
        for (const auto& waiting : left) {
            if (waiting.sink == sink.number) rows += waiting.rows;
        }
    }
    Remains remains;
    for (const auto& [table, rows] : tables) TRY(drop(services, source, table, rows, remains));
    if (!remains.problems.empty()) {
        return Error(Code::conflict,
                     fmt::format("{}{}", kIncomplete, fmt::join(remains.problems, "; ")))
            .in(remains.cause);
    }
    TRY(services.catalog.remove_source(source));
    if (remains.shared.empty()) {
        return std::string("Source and its destination tables and bucket have been deleted.");
    }
    return fmt::format(
        "Source and its destination tables have been deleted. Other sinks write to "
        "these, which were kept: {}.",
        fmt::join(remains.shared, ", "));
}

// The numbers of all sinks of the source, also of those that were deleted before.
Result<std::vector<SinkNumber>> sinks_of(DefinitionCatalog& catalog, const SourceKey& source) {
    TRY_ASSIGN(const auto sinks, catalog.sinks_with_deleted(source));
    std::vector<SinkNumber> numbers;
    for (const auto& sink : sinks) numbers.push_back(sink.number);
    return numbers;
}

void purge_deleted(const Services& services, const SourceKey& source,
                   const std::shared_ptr<TaskMark>& mark, const TaskRunner::Done& done) {
    auto sinks = sinks_of(services.catalog, source);
    if (!sinks.ok()) return done(std::move(sinks).error());
    services.drain.wait(std::move(sinks).value(), kImportAtMost,
                        [&services, source, mark, done](Result<std::vector<WaitingRows>> left) {
                            if (!left.ok()) return done(std::move(left).error());
                            auto removed = remove_everything(services, source, left.value());
                            if (!removed.ok()) return done(std::move(removed).error());
                            mark->result = std::move(removed).value();
                            done({});
                        });
}

}  // namespace

Result<Response> start_purge(const Services& services, const Call& call,
                             std::shared_ptr<void> held) {
    const auto source = services.source_key(call);
    const NewTask task{.operation = "delete.source",
                       .source = source,
                       .sink = std::nullopt,
                       .success_text = "Source has been deleted successfully."};
    const auto work = [&services, source, stamp = services.stamp(call), held = std::move(held)](
                          const std::shared_ptr<TaskMark>& mark, TaskRunner::Done done) {
        mark->error = fmt::format("{}the service was restarted meanwhile.", kIncomplete);
        const auto edit = [&source, &stamp](EditContext& edits) {
            return delete_source(edits, source, stamp);
        };
        auto finished = [held, done = std::move(done)](Result<void> outcome) { done(outcome); };
        apply_for_task(services, *mark, edit,
                       [&services, source, mark, finished](Result<void> outcome) {
                           if (!outcome.ok()) {
                               mark->error.clear();
                               return finished(std::move(outcome));
                           }
                           services.strand.post([&services, source, mark, finished] {
                               purge_deleted(services, source, mark, finished);
                           });
                       });
    };
    TRY_ASSIGN(const auto started, services.tasks.start(task, work));
    return json_response(202, render_task(started, services.scope));
}

}  // namespace millrace::control
