// The part of Definitions that keeps tasks.

#include "storage/catalog/definitions.h"
#include "storage/catalog/rows.h"

namespace millrace::catalog {
namespace {

using sqlite::Database;
using sqlite::Row;

#define TASK_COLUMNS                                                                          \
    "project, branch, source, id, type, sink, status, created_at, finished_at, finished_age," \
    " result, error"

std::optional<std::int64_t> encode(const std::optional<WallTime>& time) {
    if (!time) return std::nullopt;
    return time->unix_ms;
}

std::optional<std::int64_t> encode(const std::optional<AgeTime>& time) {
    if (!time) return std::nullopt;
    return time->ms;
}

Result<Task> read_task(Row row) {
    Task task;
    task.source.project = ProjectId(row.unsigned32());
    task.source.branch = BranchId(row.unsigned32());
    task.source.source = SourceId(row.text());
    task.id = row.text();
    task.type = row.text();
    if (auto sink = row.optional_text()) task.sink = SinkId(std::move(*sink));
    const auto status = row.text();
    const auto known = task_status_from(status);
    if (!known) return Error(Code::corrupt, fmt::format("task {} is \"{}\"", task.id, status));
    task.status = *known;
    task.created_at = WallTime{row.integer()};
    if (const auto finished = row.optional_integer()) task.finished_at = WallTime{*finished};
    if (const auto finished = row.optional_integer()) task.finished_age = AgeTime{*finished};
    task.result = row.text();
    task.error = row.text();
    return task;
}

}  // namespace

Result<void> Definitions::save_task(const Task& task) {
    return connections_.write([&](Database& database) -> Result<void> {
        const auto sink = task.sink ? std::optional(task.sink->value) : std::nullopt;
        TRY(database.run("INSERT OR REPLACE INTO tasks (" TASK_COLUMNS
                         ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
                         task.source.project.value, task.source.branch.value,
                         task.source.source.value, task.id, task.type, sink, to_string(task.status),
                         task.created_at.unix_ms, encode(task.finished_at),
                         encode(task.finished_age), task.result, task.error));
        return {};
    });
}

Result<std::optional<Task>> Definitions::find_task(ProjectId project, const std::string& id) {
    return connections_.read([&](Database& database) -> Result<std::optional<Task>> {
        TRY_ASSIGN(auto query, database.query("SELECT " TASK_COLUMNS
                                              " FROM tasks WHERE project = ?1 AND id = ?2",
                                              project.value, id));
        return read_one<Task>(std::move(query), read_task);
    });
}

Result<std::vector<Task>> Definitions::unfinished_tasks() {
    return connections_.read([&](Database& database) -> Result<std::vector<Task>> {
        TRY_ASSIGN(auto query,
                   database.query("SELECT " TASK_COLUMNS " FROM tasks WHERE status = 'processing'"
                                  " ORDER BY created_at, id"));
        return read_all<Task>(std::move(query), read_task);
    });
}

Result<std::vector<Task>> Definitions::newest_tasks(ProjectId project,
                                                    std::optional<TaskStatus> status,
                                                    std::uint32_t limit) {
    return connections_.read([&](Database& database) -> Result<std::vector<Task>> {
        const auto wanted = status ? std::optional(std::string(to_string(*status))) : std::nullopt;
        TRY_ASSIGN(auto query,
                   database.query("SELECT " TASK_COLUMNS
                                  " FROM tasks WHERE project = ?1 AND (?2 IS NULL OR status = ?2)"
                                  " ORDER BY created_at DESC, id DESC LIMIT ?3",
                                  project.value, wanted, limit));
        return read_all<Task>(std::move(query), read_task);
    });
}

Result<void> Definitions::delete_tasks(TaskStatus status, AgeTime finished_before) {
    return connections_.write([&](Database& database) -> Result<void> {
        TRY(database.run("DELETE FROM tasks WHERE status = ?1 AND finished_age < ?2",
                         to_string(status), finished_before.ms));
        return {};
    });
}

}  // namespace millrace::catalog
