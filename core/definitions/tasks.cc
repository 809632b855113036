#include "core/definitions/tasks.h"

#include <fmt/format.h>

#include <exception>

#include "core/base/client_text.h"
#include "core/definitions/definition_errors.h"

namespace millrace::definitions {
namespace {

constexpr std::size_t kRandomCharacters = 5;
constexpr auto kSaveAgainAfter = std::chrono::seconds(1);
constexpr auto kKeepSucceeded = std::chrono::hours(1);
constexpr auto kKeepOthers = std::chrono::hours(48);
constexpr std::string_view kInterrupted =
    "Interrupted by a restart of the service; check the entity and repeat the request.";

// Tasks are shown to those who administrate: also what is wrong with the service, but not where.
std::string text_for_client(const Error& error) {
    if (error.code() == Code::internal || error.client_text().empty()) return "Unknown error";
    return as_sentence(error.client_text());
}

}  // namespace

Result<Task> TaskRunner::start(const NewTask& task, Work work) {
    const auto now = clock_.wall();
    auto running = std::make_shared<Running>();
    auto& saved = running->task;
    saved.type = "api." + task.operation;
    const auto& source = task.source.source.value;  // empty: it is of none
    saved.id = fmt::format(
        "{}/{}{}{}/{}_{}", saved.type, task.source.branch.value, source.empty() ? "" : "/" + source,
        task.sink ? "/" + task.sink->value : "", format_utc(now), random_.make(kRandomCharacters));
    saved.source = task.source;
    saved.sink = task.sink;
    saved.created_at = now;
    running->mark = std::make_shared<TaskMark>(TaskMark{
        .project = task.source.project, .id = saved.id, .result = task.success_text, .error = ""});
    TRY(catalog_.save_task(saved).in("save task " + saved.id));

    Task started = saved;
    strand_.post([this, running, work = std::move(work)] { run(running, work); });
    return started;
}

void TaskRunner::run(const std::shared_ptr<Running>& running, const Work& work) {
    try {
        work(running->mark, [this, running](Result<void> outcome) {
            strand_.post(
                [this, running, outcome = std::move(outcome)] { finish(running, outcome); });
        });
    } catch (const std::exception& exception) {
        finish(running, Error(Code::internal, exception.what()));
    }
}

void TaskRunner::mark_finished(Task& task) const {
    task.finished_at = clock_.wall();
    task.finished_age = clock_.age();
}

void TaskRunner::finish(const std::shared_ptr<Running>& running, const Result<void>& outcome) {
    auto& task = running->task;
    if (task.status != TaskStatus::processing) return;  // it threw after it had called `done`
    mark_finished(task);
    if (outcome.ok()) {
        task.status = TaskStatus::success;
        task.result = running->mark->result;
    } else {
        task.status = TaskStatus::error;
        const auto error = explained(outcome.error());
        task.error = text_for_client(error);
        if (!running->mark->error.empty()) task.result = running->mark->result;
        running->cause = error.operator_text();
        events_.task_failed({.task_id = task.id, .error = error});
    }
    save(running);
}

void TaskRunner::save(const std::shared_ptr<Running>& running) {
    const auto saved = catalog_.save_task(running->task);
    if (saved.ok()) {
        events_.task_finished({.task = running->task, .cause = running->cause});
        return;
    }
    events_.task_not_saved({.task_id = running->task.id, .error = saved.error()});
    strand_.post_at(clock_.steady() + kSaveAgainAfter, [this, running] { save(running); });
}

Result<std::vector<Task>> TaskRunner::recover() {
    TRY_ASSIGN(auto tasks, catalog_.unfinished_tasks());
    std::vector<Task> saved;
    for (auto& task : tasks) {
        if (!task.result.empty()) {
            saved.push_back(std::move(task));
            continue;
        }
        task.status = TaskStatus::error;
        task.error = kInterrupted;
        mark_finished(task);
        TRY(catalog_.save_task(task).in("recover task " + task.id));
    }
    return saved;
}

void TaskRunner::end_saved(std::vector<Task> tasks) {
    for (auto& task : tasks) {
        task.status = task.error.empty() ? TaskStatus::success : TaskStatus::error;
        mark_finished(task);
        auto ended = std::make_shared<Running>();
        ended->task = std::move(task);
        strand_.post([this, ended] { save(ended); });
    }
}

Result<void> TaskRunner::clean_tasks(AgeTime now) {
    TRY(catalog_.delete_tasks(TaskStatus::success, now + -kKeepSucceeded));
    return catalog_.delete_tasks(TaskStatus::error, now + -kKeepOthers);
}

}  // namespace millrace::definitions
