#include "core/definitions/purge.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/accounts/owed_rows.h"
#include "core/accounts/sink_account.h"
#include "core/base/client_text.h"
#include "core/base/shown_text.h"
#include "core/definitions/source_edits.h"

namespace millrace::definitions {
namespace {

constexpr Milliseconds kImportAtMost = std::chrono::minutes(5);
constexpr Milliseconds kTriedFor = std::chrono::seconds(5);
constexpr Milliseconds kTriedEvery = std::chrono::milliseconds(200);
constexpr std::string_view kIncomplete =
    "Source deleted, but some destination resources could not be removed: ";

// One text a table for the source's own rows, and one for those of each other sink.
std::vector<std::string> texts_of(const std::vector<accounts::OwedRows>& owed,
                                  const SourceKey& source) {
    std::map<std::pair<TargetTable, std::string>, std::uint64_t> sums;
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
                                    what.second, what.first.table.text()));
    }
    return texts;
}

Result<void> drop(const lifecycle::Targets& targets, const TargetTable& table) {
    TRY_ASSIGN(auto* const target, targets.at(table.target));
    return target->drop_table(table.table);
}

}  // namespace

// What a deleted source leaves behind.
struct Purge::Remains {
    std::set<TargetTable> tables;          // of its sinks, that no other sink writes to
    std::vector<std::string> shared;       // that other sinks write to
    std::vector<accounts::OwedRows> owed;  // by its sinks, or to `tables`
};

Result<Task> Purge::start(const SourceKey& source, const Stamp& stamp,
                          std::shared_ptr<void> held) const {
    TRY(accounts::require_known_rows(ports_.journal));  // what is known does not change later
    const NewTask task{.operation = "delete.source",
                       .source = source,
                       .sink = std::nullopt,
                       .success_text = "Source has been deleted successfully."};
    return ports_.tasks.start(task, [this, source, stamp, held = std::move(held)](
                                        const std::shared_ptr<TaskMark>& mark,
                                        TaskRunner::Done done) {
        const auto blocking = set_aside(source);
        if (!blocking.ok()) return done(blocking.error());
        if (!blocking.value().empty()) {
            return done(Error(Code::conflict,
                              fmt::format("Source and its destination tables are kept: {} are set "
                                          "aside. Discard or restore their files first.",
                                          blocking.value())));
        }
        mark->error = fmt::format("{}the service was restarted meanwhile.", kIncomplete);
        const auto edit = [source, stamp](EditContext& edits) {
            return remove(edits, source, stamp);
        };
        const Run run{.source = source,
                      .mark = mark,
                      .done = [held, done = std::move(done)](Result<void> outcome) {
                          done(std::move(outcome));
                      }};
        ports_.changes.make(edit, mark, [this, run](const Result<std::vector<SinkNumber>>& ended) {
            if (!ended.ok()) {
                run.mark->error.clear();
                return run.done(ended.error());
            }
            ports_.strand.post([this, run] { wait_for_rows(run); });
        });
    });
}

void Purge::wait_for_rows(const Run& run) const {
    const auto is_paid = [this, source = run.source]() -> Result<bool> {
        TRY_ASSIGN(const auto blocking, set_aside(source));
        if (!blocking.empty()) {
            return Error(Code::conflict,
                         fmt::format("{}{} are set aside. Undelete the source, and discard or "
                                     "restore their files first.",
                                     kIncomplete, blocking));
        }
        TRY_ASSIGN(const auto remains, look(source));
        return remains.owed.empty() && !ports_.changes.are_under_way();
    };
    ports_.drain.wait_until(is_paid, kImportAtMost, [this, run](Result<void> outcome) {
        if (!outcome.ok()) return run.done(std::move(outcome));
        remove_until(run, ports_.clock.steady() + kTriedFor);
    });
}

// Tries it again later while a table is locked: other changes go on meanwhile.
void Purge::remove_until(const Run& run, SteadyTime until) const {
    const auto next = ports_.clock.steady() + kTriedEvery;
    auto removed = remove_everything(run.source, next > until);
    if (removed.ok()) {
        run.mark->result = std::move(removed).value();
        return run.done({});
    }
    if (removed.error().code() != Code::unavailable || next > until) {
        return run.done(std::move(removed).error());
    }
    ports_.strand.post_at(next, [this, run, until] { remove_until(run, until); });
}

// `3 rows of the sink "orders"` of those that are set aside; empty if none are.
Result<std::string> Purge::set_aside(const SourceKey& source) const {
    TRY_ASSIGN(const auto sinks, ports_.edits.catalog.sinks_with_deleted(source));
    ShownList shown(", ");
    for (const auto& sink : sinks) {
        TRY_ASSIGN(const auto statistics, ports_.lifecycle.statistics(sink.number));
        if (statistics.set_aside.rows == 0) continue;
        const bool is_deleted_alone = sink.deleted && !sink.deleted->with_parent;
        shown.add(fmt::format(
            "{} rows of the sink \"{}\"{}", statistics.set_aside.rows, sink.key.sink.value,
            is_deleted_alone ? ", which is deleted and has to be undeleted," : ""));
    }
    return shown.empty() ? std::string() : shown.text();
}

// Also for those of its sinks that were deleted before, and for tables that they had before.
Result<Purge::Remains> Purge::look(const SourceKey& source) const {
    Remains remains;
    TRY_ASSIGN(const auto written, ports_.edits.catalog.tables_written_by(source));
    for (const auto& table : written) {
        TRY_ASSIGN(const auto owners, ports_.edits.catalog.sinks_of_table(table));
        const bool is_shared = std::any_of(owners.begin(), owners.end(), [&](const SinkKey& owner) {
            return owner.source != source;
        });
        TRY_ASSIGN(const auto made,
                   ports_.tables.find_table(
                       {.project = source.project, .branch = source.branch, .table = table.table}));
        if (made && made->target == table.target) continue;
        if (is_shared) {
            remains.shared.push_back(table.table.text());
        } else {
            remains.tables.insert(table);
        }
    }
    TRY_ASSIGN(auto owed, accounts::read_owed_rows(ports_.edits.catalog, ports_.lifecycle,
                                                   ports_.loads, ports_.journal));
    for (auto& rows : owed) {
        if (rows.sink.source != source && !remains.tables.contains(rows.table)) continue;
        remains.owed.push_back(std::move(rows));
    }
    return remains;
}

// Drops the tables that no rows are owed to. Returns the task's result.
// Errors  conflict: something is left; unavailable, unless this is the last try: a table is locked
Result<std::string> Purge::remove_everything(const SourceKey& source, bool is_last) const {
    if (ports_.changes.are_under_way()) {
        return Error(Code::conflict,
                     fmt::format("{}another change is not in effect yet", kIncomplete));
    }
    TRY_ASSIGN(const auto remains, look(source));
    auto problems = texts_of(remains.owed, source);
    std::string cause;  // for the operator
    for (const auto& table : remains.tables) {
        const bool is_owed =
            std::any_of(remains.owed.begin(), remains.owed.end(),
                        [&](const accounts::OwedRows& rows) { return rows.table == table; });
        if (is_owed) continue;
        const auto dropped = drop(ports_.edits.targets, table);
        if (dropped.ok()) continue;
        const auto& error = dropped.error();
        if (error.code() == Code::unavailable && !is_last) return error;
        problems.push_back(is_for_client(error)
                               ? error.client_text()
                               : fmt::format("table \"{}\" is not available: {}",
                                             table.table.text(), error.client_text()));
        cause += error.operator_text() + "; ";
    }
    if (!problems.empty()) {
        ShownList shown("; ");
        for (const auto& problem : problems) shown.add(problem);
        return Error(Code::conflict, fmt::format("{}{}", kIncomplete, shown.text())).in(cause);
    }
    TRY(ports_.edits.catalog.remove_source(source));
    if (remains.shared.empty()) {
        return std::string("Source and its destination tables and bucket have been deleted.");
    }
    return fmt::format(
        "Source and its destination tables have been deleted. Other sinks write to "
        "these, which were kept: {}.",
        fmt::join(remains.shared, ", "));
}

}  // namespace millrace::definitions
