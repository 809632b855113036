#include "api/cli/task_commands.h"

#include "api/cli/api_client.h"
#include "api/cli/known_names.h"
#include "api/cli/number_option.h"
#include "api/cli/text_table.h"
#include "core/base/error_names.h"

namespace millrace::cli {
namespace {

using Line = config::ClientLine;

constexpr std::uint64_t kMost = 100;  // that the API gives
constexpr std::uint64_t kUsual = 20;

Result<Json> list_of(ApiClient& api, std::uint64_t limit, std::string_view status) {
    TRY_ASSIGN(auto page,
               api.get(fmt::format("/tasks?limit={}&status={}", limit, encoded(status)), "tasks"));
    return member(page, {"tasks"});
}

std::string outcome_of(const Json& task) {
    const auto error = text_at(task, {"error"});
    return error.empty() ? text_at(task, {"result"}) : error;
}

Result<void> list(const Line& line, Output& out) {
    TRY_ASSIGN(const auto limit, number_option(line, "limit"));
    const auto most = limit.value_or(kUsual);
    if (most > kMost) return wrong_usage(line, fmt::format("--limit is {} at most", kMost));
    TRY_ASSIGN(auto api, ApiClient::open(line.place));
    TRY_ASSIGN(const auto tasks, list_of(api, most, line.value("status").value_or("all")));
    if (line.has("json")) return out.print(to_array(std::vector<Json>(tasks.begin(), tasks.end())));
    if (tasks.empty()) {
        return out.print("There is no task: they are kept for an hour, failed ones for 48.\n");
    }
    TextTable table{.heads = {"CREATED", "STATUS", "TYPE", "SOURCE", "SINK", "OUTCOME", "TASK"},
                    .rows = {},
                    .is_number = {},
                    .least = {0, 0, 0, kWhole, kWhole, kSentence, kWhole}};
    for (const auto& task : tasks) {
        table.rows.push_back({text_at(task, {"createdAt"}), text_at(task, {"status"}),
                              text_at(task, {"type"}), text_at(task, {"sourceId"}),
                              text_at(task, {"sinkId"}), outcome_of(task),
                              text_at(task, {"taskId"})});
    }
    return out.print(render(table, Output::width()));
}

Result<Json> find_task(ApiClient& api, const std::string& id, bool waits) {
    auto found = api.get(task_path(id), "taskId");
    Progress progress;
    while (found.ok() && waits && member(found.value(), {"isFinished"}) == false) {
        progress.show(fmt::format("Waiting for the task {}", text_at(found.value(), {"type"})));
        found = api.get(task_path(id) + "?wait=10s", "taskId");
    }
    if (found.ok() || found.error().name() != error_names::kApiTaskNotFound) return found;
    const auto tasks = list_of(api, kMost, "all");
    if (!tasks.ok()) return found;
    std::vector<std::string> ids;
    for (const auto& task : tasks.value()) ids.push_back(text_at(task, {"taskId"}));
    if (!config::suggestion(id, ids).empty()) {
        return with_names(found.error(), id, {.names = std::move(ids), .remedy = {}});
    }
    return Error(found.error().code(),
                 found.error().client_text() + " millrace task list shows all.")
        .named(found.error().name());
}

Result<void> get(const Line& line, Output& out) {
    TRY_ASSIGN(auto api, ApiClient::open(line.place));
    TRY_ASSIGN(const auto found, find_task(api, line.operands[0], line.has("wait")));
    if (line.has("json")) return out.print(to_line(found));
    return out.print(
        fmt::format("task      {}\ntype      {}\nstatus    {}\ncreated   {}\nfinished  {}\n{}\n",
                    text_at(found, {"taskId"}), text_at(found, {"type"}),
                    text_at(found, {"status"}), text_at(found, {"createdAt"}),
                    text_at(found, {"finishedAt"}), printable(outcome_of(found))));
}

}  // namespace

std::vector<ClientCommand> task_commands() {
    return {
        {.spec = {.words = "task list",
                  .sentence = "Lists changes, the newest first, and what has become of them.",
                  .options = {{.name = "status",
                               .placeholder = "STATUS",
                               .sentence = "all, processing, success or error. Default all."},
                              {.name = "limit",
                               .placeholder = "N",
                               .sentence = "At most so many, 1 to 100. Default 20."},
                              kJson},
                  .example = "millrace task list --status error"},
         .run = list},
        {.spec = {.words = "task get",
                  .sentence = "Shows what has become of a change, by the id of its task.",
                  .operands = {"ID"},
                  .options =
                      {{.name = "wait", .placeholder = {}, .sentence = "Waits until it has ended."},
                       kJson},
                  .example = "millrace task get "
                             "api.flush.sink/default/shop/orders/2026-01-31T12:00:00.000Z_4f1nU"},
         .run = get},
    };
}

}  // namespace millrace::cli
