#include "api/control/purge.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "api/control/api_errors.h"
#include "api/control/owed_rows.h"
#include "api/control/render.h"
#include "api/control/sink_reports.h"
#include "api/control/source_edits.h"

namespace millrace::control {
namespace {

constexpr Milliseconds kImportAtMost = std::chrono::minutes(5);
constexpr Milliseconds kTriedFor = std::chrono::seconds(5);
constexpr Milliseconds kTriedEvery = std::chrono::milliseconds(200);
constexpr std::string_view kIncomplete =
    "Source deleted, but some destination resources could not be removed: ";

// What a deleted source leaves behind.
struct Remains {
    std::set<TableId> tables;         // of its sinks, that nobody else writes to
    std::vector<std::string> shared;  // that other sinks write to
    std::vector<OwedRows> owed;       // by its sinks, or to `tables`
};

// Also for those of its sinks that were deleted before, and for tables that they had before.
Result<Remains> look(const Services& services, const SourceKey& source) {
    Remains remains;
    TRY_ASSIGN(const auto written, services.catalog.tables_written_by(source));
    for (const auto& table : written) {
        TRY_ASSIGN(const auto owners, services.catalog.sinks_of_table(table));
        const bool is_shared = std::any_of(owners.begin(), owners.end(), [&](const SinkKey& owner) {
            return owner.source != source;
        });
        if (is_shared) {
            remains.shared.push_back(table.text());
        } else {
            remains.tables.insert(table);
        }
    }
    TRY_ASSIGN(auto owed, read_owed_rows(services.catalog, services.lifecycle, services.journal));
    for (auto& rows : owed) {
        if (rows.sink.source != source && !remains.tables.contains(rows.table)) continue;
        remains.owed.push_back(std::move(rows));
    }
    return remains;
}

// One text a table for the source's own rows, and one for those of each other sink.
std::vector<std::string> texts_of(const std::vector<OwedRows>& owed, const SourceKey& source) {
    std::map<std::pair<TableId, std::string>, std::uint64_t> sums;
    for (const auto& [sink, table, rows] : owed) {
        const auto whose = sink.source == source ? std::string("rows")
                           : sink.sink.value.empty()
                               ? std::string("rows of loads")
                               : fmt::format("rows of the sink \"{}\" of the source \"{}\"",
                                             sink.sink.value, sink.source.source.value);
        sums[{table, whose}] += rows;
    }
    std::vector<std::string> texts;
    for (const auto& [what, rows] : sums) {
        texts.push_back(fmt::format("{} {} are not imported into table \"{}\" yet", rows,
                                    what.second, what.first.text()));
    }
    return texts;
}

// Drops what nobody owes rows to. Returns the task's result.
// Errors  conflict: something is left; unavailable, unless this is the last try: a table is locked
Result<std::string> remove_everything(const Services& services, const SourceKey& source,
                                      bool is_last) {
    if (services.changes.are_under_way()) {
        return Error(Code::conflict,
                     fmt::format("{}another change is not in effect yet", kIncomplete));
    }
    TRY_ASSIGN(const auto remains, look(services, source));
    auto problems = texts_of(remains.owed, source);
    std::string cause;  // for the operator
    for (const auto& table : remains.tables) {
        const bool is_owed = std::any_of(remains.owed.begin(), remains.owed.end(),
                                         [&](const OwedRows& rows) { return rows.table == table; });
        if (is_owed) continue;
        const auto dropped = services.edits.target.drop_table(table);
        if (dropped.ok()) continue;
        const auto& error = dropped.error();
        if (error.code() == Code::unavailable && !is_last) return error;
        problems.push_back(is_for_client(error)
                               ? error.client_text()
                               : fmt::format("table \"{}\" is not available", table.text()));
        cause += error.operator_text() + "; ";
    }
    if (!problems.empty()) {
        ShownList shown("; ");
        for (const auto& problem : problems) shown.add(problem);
        return Error(Code::conflict, fmt::format("{}{}", kIncomplete, shown.text())).in(cause);
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

// Tries it again later while a table is locked, for 5 s: other changes go on meanwhile.
void remove_until(const Services& services, const SourceKey& source,
                  const std::shared_ptr<TaskMark>& mark, const TaskRunner::Done& done,
                  SteadyTime until) {
    const auto next = services.clock.steady() + kTriedEvery;
    auto removed = remove_everything(services, source, next > until);
    if (removed.ok()) {
        mark->result = std::move(removed).value();
        return done({});
    }
    if (removed.error().code() != Code::unavailable || next > until) {
        return done(std::move(removed).error());
    }
    services.strand.post_at(next, [&services, source, mark, done, until] {
        remove_until(services, source, mark, done, until);
    });
}

void purge_deleted(const Services& services, const SourceKey& source,
                   const std::shared_ptr<TaskMark>& mark, const TaskRunner::Done& done) {
    const auto is_paid = [&services, source]() -> Result<bool> {
        TRY_ASSIGN(const auto remains, look(services, source));
        return remains.owed.empty() && !services.changes.are_under_way();
    };
    services.drain.wait_until(
        is_paid, kImportAtMost, [&services, source, mark, done](Result<void> outcome) {
            if (!outcome.ok()) return done(std::move(outcome));
            remove_until(services, source, mark, done, services.clock.steady() + kTriedFor);
        });
}

}  // namespace

Result<Response> start_purge(const Services& services, const Call& call,
                             std::shared_ptr<void> held) {
    TRY(require_known_rows(services.journal));  // what is known does not change later
    const auto source = services.source_key(call);
    const NewTask task{.operation = "delete.source",
                       .source = source,
                       .sink = std::nullopt,
                       .success_text = "Source has been deleted successfully."};
    const auto work = [&services, source, stamp = services.stamp(call), held = std::move(held)](
                          const std::shared_ptr<TaskMark>& mark, TaskRunner::Done done) {
        mark->error = fmt::format("{}the service was restarted meanwhile.", kIncomplete);
        const auto edit = [source, stamp](EditContext& edits) {
            return delete_source(edits, source, stamp);
        };
        auto finished = [held, done = std::move(done)](Result<void> outcome) { done(outcome); };
        apply_for_task(services, mark, edit,
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
