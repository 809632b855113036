#include "core/definitions/tables.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "core/accounts/owed_rows.h"
#include "core/base/error_names.h"
#include "core/ports/disk.h"

namespace millrace::definitions {
namespace {

TableSpec spec_of(const DefinedTable& table) {
    return table_spec(table.key.table, mapping_of(table).columns);
}

Error not_found(const TableKey& key) {
    return Error(Code::not_found, fmt::format("Table \"{}\" not found.", key.table.text()))
        .named(error_names::kApiTableNotFound);
}

Error already_exists(const TableId& table, std::string_view how) {
    return Error(Code::conflict, fmt::format("Table \"{}\" already exists {}.", table.text(), how))
        .named(error_names::kApiTableAlreadyExists);
}

constexpr std::string_view kLoadsInUse =
    "a load into it is open, or its rows wait or are set aside. GET .../loads (millrace load list) "
    "tells which; restore or discard what is set aside";

Error in_use(const TableId& table, const std::string& by) {
    return Error(Code::conflict,
                 fmt::format("Table \"{}\" cannot be dropped: {}.", table.text(), by))
        .named(error_names::kApiTableInUse);
}

// What keeps a target from changing is most often an import, which holds the lock of its bucket.
Error busy(const TableId& table) {
    return Error(
               Code::overloaded,
               fmt::format("The target of table \"{}\" cannot be changed now: it is being imported "
                           "into, or does not answer. Send the request again.",
                           table.text()))
        .named(error_names::kApiTargetBusy);
}

Result<void> or_busy(Result<void> changed, const TableId& table) {
    if (changed.ok() || changed.error().code() != Code::unavailable) return changed;
    if (changed.error().name() == kNoSpace) return changed;  // waiting does not help
    return busy(table).in(changed.error().operator_text());
}

// A table that is there and lacks a column, or has one of another type.
Result<void> or_busy_or_other(Result<void> ensured, const TableId& table) {
    if (ensured.ok() || ensured.error().code() != Code::conflict ||
        !ensured.error().name().empty()) {
        return or_busy(std::move(ensured), table);
    }
    return already_exists(table,
                          fmt::format("with other columns: {}", ensured.error().client_text()));
}

// As targets compare names: ASCII letters without regard to case.
std::string folded(std::string name) {
    std::ranges::transform(name, name.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return name;
}

}  // namespace

Result<Tables::Made> Tables::make(const DefinedTable& wanted) {
    const std::lock_guard lock(mutex_);
    TRY(ports_.targets.check_table(wanted.in_target()));
    TRY_ASSIGN(auto* const target, ports_.targets.at(wanted.target));
    TRY_ASSIGN(auto known, ports_.tables.find_table(wanted.key));
    if (known && known->target != wanted.target) {
        return already_exists(wanted.key.table,
                              fmt::format("in the target \"{}\"", known->target.value));
    }
    if (known && known->columns != wanted.columns) {
        return already_exists(wanted.key.table, "with other columns");
    }
    if (known && known->kind != wanted.kind) {
        return already_exists(wanted.key.table,
                              fmt::format("as a {} table", to_string(known->kind)));
    }
    if (known && known->csv_parser != wanted.csv_parser) {
        return already_exists(wanted.key.table, "with another csvParser");
    }
    TRY(refuse_other_target(wanted));
    bool is_there = known.has_value();
    if (!known) {
        TRY_ASSIGN(is_there, is_there_by_sinks(wanted, *target));
    }
    // Also where it is on record: somebody may have taken the table away.
    TRY(or_busy_or_other(target->ensure_table(spec_of(wanted)), wanted.key.table));
    if (!known) {
        TRY(ports_.tables.add_table(wanted));
        return Made{.table = wanted, .is_new = !is_there};
    }
    if (known->is_being_dropped) TRY(ports_.tables.end_drop(wanted.key));
    return Made{.table = std::move(*known), .is_new = false};
}

// Whose types differ is the target's matter, which compares those of the columns that are wanted.
Result<bool> Tables::is_there_by_sinks(const DefinedTable& wanted, Target& target) {
    TRY_ASSIGN(const auto keys, ports_.definitions.sinks_of_table(wanted.in_target()));
    for (const auto& key : keys) {
        TRY_ASSIGN(const auto sink, ports_.definitions.find_sink(key));
        if (!sink || sink->deleted) continue;
        const auto there = target.read_rows({.table = wanted.key.table, .rows_max = 1});
        if (!there.ok() && there.error().code() == Code::not_found) return false;
        if (!there.ok() && there.error().code() == Code::invalid) return true;  // it shows no rows
        if (!there.ok()) return there.error();
        std::set<std::string> found;
        std::set<std::string> asked;
        for (const auto& name : there.value().columns) found.insert(folded(name));
        for (const auto& column : wanted.columns) asked.insert(folded(column.name));
        if (found == asked) return true;
        return already_exists(
            wanted.key.table,
            fmt::format("with other columns, for the sink \"{}\" of the source \"{}\": it has {}",
                        key.sink.value, key.source.source.value,
                        fmt::join(there.value().columns, ", ")));
    }
    return false;
}

Result<void> Tables::refuse_other_target(const DefinedTable& wanted) {
    for (const auto& [name, target] : ports_.targets.all()) {
        if (name == wanted.target) continue;
        TRY_ASSIGN(const auto sinks,
                   ports_.definitions.sinks_of_table({.target = name, .table = wanted.key.table}));
        if (!sinks.empty()) {
            return already_exists(wanted.key.table,
                                  fmt::format("in the target \"{}\", where the "
                                              "sink \"{}\" writes to it",
                                              name.value, sinks.front().sink.value));
        }
    }
    return {};
}

Result<DefinedTable> Tables::find(const TableKey& key) {
    TRY_ASSIGN(auto found, ports_.tables.find_table(key));
    if (!found) return not_found(key);
    return std::move(*found);
}

Result<Page<DefinedTable>> Tables::list(ProjectId project, BranchId branch,
                                        const PageRequest& page) {
    return ports_.tables.tables(project, branch, page);
}

Result<std::vector<TargetName>> Tables::targets_of(const TableKey& key) {
    std::vector<TargetName> found;
    TRY_ASSIGN(const auto known, ports_.tables.find_table(key));
    if (known) found.push_back(known->target);
    for (const auto& [name, target] : ports_.targets.all()) {
        if (known && known->target == name) continue;
        TRY_ASSIGN(const auto sinks,
                   ports_.definitions.sinks_of_table({.target = name, .table = key.table}));
        const bool is_of_branch = std::any_of(sinks.begin(), sinks.end(), [&](const SinkKey& sink) {
            return sink.source.project == key.project && sink.source.branch == key.branch;
        });
        if (is_of_branch) found.push_back(name);
    }
    return found;
}

Result<RowsPage> Tables::read_rows(const TableKey& key, const TargetName& target, RowsQuery query) {
    TRY_ASSIGN(auto places, targets_of(key));
    if (!target.value.empty()) {
        std::erase_if(places, [&](const TargetName& name) { return name != target; });
    }
    if (places.empty()) return not_found(key);
    if (places.size() > 1) {
        return Error(Code::invalid,
                     fmt::format("Table \"{}\" is in the targets \"{}\" and \"{}\": say in which "
                                 "one it is meant by \"target\".",
                                 key.table.text(), places[0].value, places[1].value));
    }
    TRY_ASSIGN(auto* const place, ports_.targets.at(places.front()));
    query.table = key.table;
    auto page = place->read_rows(query);
    if (!page.ok() && page.error().code() == Code::not_found) return not_found(key);
    return page;
}

Result<void> Tables::drop(const TableKey& key, bool with_rows) {
    const std::lock_guard lock(mutex_);
    TRY_ASSIGN(const auto table, find(key));
    TRY(refuse_use(table));
    TRY(ports_.tables.begin_drop(key));
    auto dropped = or_busy(drop_in_target(table, with_rows), key.table);
    if (dropped.ok()) return ports_.tables.forget_table(key);
    // What may have happened is not taken back: a repeated call goes on with it.
    if (dropped.error().code() == Code::conflict) TRY(ports_.tables.end_drop(key));
    return dropped;
}

// Loads once more in begin_drop(), which no load can come between.
Result<void> Tables::refuse_use(const DefinedTable& table) {
    TRY_ASSIGN(const auto sinks, ports_.definitions.sinks_of_table(table.in_target()));
    for (const auto& key : sinks) {
        TRY_ASSIGN(const auto sink, ports_.definitions.find_sink(key));
        if (!sink || sink->deleted) continue;
        return in_use(table.key.table,
                      fmt::format("the sink \"{}\" of the source \"{}\" maps to it", key.sink.value,
                                  key.source.source.value));
    }
    TRY_ASSIGN(const auto owed, accounts::read_owed_rows(ports_.definitions, ports_.lifecycle,
                                                         ports_.loads, ports_.journal));
    for (const auto& rows : owed) {
        if (rows.table != table.in_target()) continue;
        return in_use(table.key.table, rows.sink.sink.value.empty()
                                           ? std::string(kLoadsInUse)
                                           : fmt::format("{} rows of the sink \"{}\" wait for it",
                                                         rows.rows, rows.sink.sink.value));
    }
    return {};
}

Result<void> Tables::drop_in_target(const DefinedTable& table, bool with_rows) {
    TRY_ASSIGN(auto* const target, ports_.targets.at(table.target));
    if (!with_rows) {
        TRY_ASSIGN(const bool is_empty, target->is_empty(table.key.table));
        if (!is_empty) {
            return Error(Code::conflict,
                         fmt::format("Table \"{}\" has rows; ?force=true drops it with them.",
                                     table.key.table.text()))
                .named(error_names::kApiTableNotEmpty);
        }
    }
    return target->drop_table(table.key.table);
}

}  // namespace millrace::definitions
