#include "api/control/services.h"

#include "api/control/render.h"

namespace millrace::control {

Result<Response> start_change(const Services& services, const NewTask& task, Changes::Edit edit,
                              std::shared_ptr<void> held) {
    TRY_ASSIGN(const auto started,
               services.tasks.start(task, [&changes = services.changes, edit = std::move(edit),
                                           held = std::move(held)](TaskRunner::Done done) {
                   changes.apply(edit, [held, done = std::move(done)](Result<void> outcome) {
                       done(std::move(outcome));
                   });
               }));
    return json_response(202, render_task(started, services.scope));
}

}  // namespace millrace::control
