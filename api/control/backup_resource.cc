#include "api/control/backup_resource.h"

#include <utility>

#include "api/control/api_errors.h"
#include "api/control/json_body.h"
#include "api/control/render.h"

namespace millrace::control {
namespace {

constexpr TextLength kPathLength{.min = 1, .max = 4000};

struct BackupApi {
    const Scope& scope;
    definitions::TaskRunner& tasks;
    StartBackup start;
};

Result<BackupWish> read_wish(const Request& request) {
    TRY_ASSIGN(const auto body, parse_json_object(request.body));
    Problems problems;
    ObjectReader reader(body, "body", problems);
    BackupWish wish;
    wish.path = reader.required_text("path", kPathLength).value_or("");
    wish.with_targets = reader.boolean("withTargets").value_or(false);
    wish.with_key_file = reader.boolean("withKeyFile").value_or(false);
    reader.finish();
    TRY(problems.result());
    if (!wish.path.starts_with('/')) {
        return bad_request("The path must be an absolute one on the machine of the service.");
    }
    return wish;
}

Result<Response> start(const BackupApi& api, const Call& call) {
    TRY_ASSIGN(const auto wish, read_wish(call.request));
    const auto work = [&api, wish](const std::shared_ptr<TaskMark>& mark,
                                   const definitions::TaskRunner::Done& done) {
        api.start(wish, [mark, done](Result<std::string> made) {
            if (!made.ok()) return done(std::move(made).error());
            mark->result = std::move(made).value();
            done({});
        });
    };
    TRY_ASSIGN(
        const auto task,
        api.tasks.start(
            {.operation = "make.backup",
             .source = {.project = api.scope.project, .branch = api.scope.branch, .source = {}},
             .sink = std::nullopt,
             .success_text = "The backup has been made."},
            work));
    return task_response(task, api.scope);
}

}  // namespace

void add_backup(Router& router, const ResourceParts& parts, StartBackup start_backup) {
    const BackupApi api{
        .scope = parts.scope, .tasks = parts.tasks, .start = std::move(start_backup)};
    Routes<BackupApi>(router, api).add("POST", "/v1/backup", start);
}

}  // namespace millrace::control
