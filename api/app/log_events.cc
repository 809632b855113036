#include "api/app/log_events.h"

#include <string>
#include <utility>

#include "api/log/log.h"

namespace millrace {

lifecycle::LifecycleEvents logged_events(control::Progress& progress,
                                         std::function<void(FileId)> imported) {
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
            [&progress, imported = std::move(imported)](const lifecycle::FileImported& event) {
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
            }};
}

}  // namespace millrace
