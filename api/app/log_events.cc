#include "api/app/log_events.h"

#include <string>
#include <utility>

#include "api/log/log.h"
#include "core/lifecycle/file_change.h"

namespace millrace {

lifecycle::LifecycleEvents logged_events(control::Progress& progress,
                                         LifecycleReactions reactions) {
    return {
        .slice_uploaded =
            [&progress](const lifecycle::SliceUploaded& event) {
                progress.note();
                log::debug("slice_uploaded", {{"slice", to_string(event.slice)},
                                              {"file", to_string(event.file)},
                                              {"sink", event.sink.value},
                                              {"rows", event.rows},
                                              {"bytes", event.bytes},
                                              {"staged_bytes", event.staged_bytes},
                                              {"ms", std::int64_t{event.took.count()}}});
            },
        .file_imported =
            [&progress,
             imported = std::move(reactions.imported)](const lifecycle::FileImported& event) {
                progress.note();
                imported(event.file);
                log::info("file_imported", {{"file", to_string(event.file)},
                                            {"table", event.table},
                                            {"rows", event.rows},
                                            {"bytes", event.bytes},
                                            {"slices", std::uint64_t{event.slices}},
                                            {"already_done", event.already_done},
                                            {"ms", std::int64_t{event.took.count()}}});
            },
        .rows_refused =
            [](const lifecycle::RowsRefused& event) {
                log::warn("import_rows_refused", {{"file", to_string(event.file)},
                                                  {"sink", event.sink.value},
                                                  {"table", event.table},
                                                  {"rows", event.rows},
                                                  {"cause", event.reason}});
            },
        .load_refused =
            [aborts = std::move(reactions.load_refused)](const lifecycle::LoadRefused& event) {
                const bool is_aborted = aborts(event);
                if (is_aborted) {
                    log::warn("load_refused",
                              {{"file", to_string(event.file)}, {"cause", event.reason}});
                }
                return is_aborted;
            },
        .step_failed =
            [](const lifecycle::StepFailed& event) {
                log::warn("step_failed", {{"step", std::string(event.step)},
                                          {"subject", event.subject},
                                          {"cause", event.reason},
                                          {"attempt", std::uint64_t{event.attempt}},
                                          {"retry_in_ms", std::int64_t{event.retry_in.count()}}});
            },
        .backend_missing =
            [](const lifecycle::BackendMissing& event) {
                log::warn(
                    "file_waits_for_backend",
                    {{"file", event.subject}, {"sink", event.sink.value}, {"cause", event.reason}});
            },
        .file_changed =
            [&progress,
             set_aside = std::move(reactions.set_aside)](const lifecycle::FileChanged& event) {
                progress.note();
                if (event.act == to_string(lifecycle::FileAct::set_aside)) set_aside(event.file);
                log::info("file_changed", {{"file", to_string(event.file)},
                                           {"sink", event.sink.value},
                                           {"act", std::string(event.act)},
                                           {"reason", event.reason}});
            },
        .file_waits_long =
            [](const lifecycle::FileWaitsLong& event) {
                const auto hours = std::chrono::duration_cast<std::chrono::hours>(event.waited);
                log::warn("file_waits_long", {{"file", to_string(event.file)},
                                              {"sink", event.sink.value},
                                              {"hours", std::int64_t{hours.count()}},
                                              {"cause", event.reason}});
            }};
}

}  // namespace millrace
