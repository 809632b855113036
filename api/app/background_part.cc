#include "api/app/background_part.h"

#include <chrono>
#include <thread>

#include "api/app/admin_token.h"
#include "api/log/log.h"

namespace millrace {
namespace {

constexpr auto kCleanUpEvery = std::chrono::minutes(10);

}  // namespace

Result<void> BackgroundPart::start() {
    clean_up_now_and_then();
    TRY(machine_.ready_file().write(control_.url(), doors_.url()));
    is_ready_ = true;
    const auto& config = machine_.config();
    log::info("ready", {{"api", control_.url()},
                        {"ingest", doors_.url()},
                        {"data", config.data_dir},
                        {"documentation", control_.url() + "/v1/documentation/"},
                        {"token", place_of_admin_token(config.data_dir, config.admin_token)}});
    return {};
}

void BackgroundPart::clean_up_now_and_then() {
    pipeline_.tasks().post_at(machine_.clock().steady() + kCleanUpEvery, [this] {
        const auto now = machine_.clock().age();
        storage_.window().forget_expired(now);
        if (auto cleaned = control_.plane().clean_up(now); !cleaned.ok()) {
            log::warn("not_cleaned_up", {{"cause", cleaned.error().operator_text()}});
        }
        clean_up_now_and_then();
    });
}

void BackgroundPart::stop() {
    if (auto removed = machine_.ready_file().remove(); !removed.ok()) {
        log::warn("ready_file_not_removed", {{"cause", removed.error().operator_text()}});
    }
    doors_.leave();
    // Else no client sends yet.
    if (is_ready_) std::this_thread::sleep_for(machine_.config().leave_time);
}

}  // namespace millrace
