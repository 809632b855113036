#include "api/app/background_part.h"

#include <chrono>
#include <thread>

#include "api/app/admin_token.h"
#include "api/log/log.h"

namespace millrace {
namespace {

constexpr auto kCleanUpEvery = std::chrono::minutes(10);

void remove(ReadyFile& file) {
    if (auto removed = file.remove(); !removed.ok()) {
        log::warn("ready_file_not_removed", {{"cause", removed.error().operator_text()}});
    }
}

// Who waits for it gives up by itself; the service is no worse without.
void warn_unless(const Result<void>& told) {
    if (!told.ok()) {
        log::warn("service_manager_not_told", {{"cause", told.error().operator_text()}});
    }
}

}  // namespace

Result<void> BackgroundPart::start() {
    clean_up_now_and_then();
    tell_clients();  // before the ready file: who waits for that finds both
    TRY(machine_.ready_file().write(control_.url(), doors_.url()));
    is_ready_ = true;
    const auto& config = machine_.config();
    log::info("ready", {{"api", control_.url()},
                        {"ingest", doors_.url()},
                        {"console", control_.url() + "/console/"},
                        {"data", config.data_dir},
                        {"documentation", control_.url() + "/v1/documentation/"},
                        {"token", place_of_admin_token(config.data_dir, config.admin_token)}});
    warn_unless(manager_.is_ready());
    return {};
}

// A service that cannot say where it is serves nevertheless, as on a full disk.
void BackgroundPart::tell_clients() {
    auto& file = machine_.service_file();
    if (!file) return;
    if (auto written = file->write(control_.url(), doors_.url()); !written.ok()) {
        log::warn("service_file_not_written", {{"cause", written.error().operator_text()}});
    }
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
    warn_unless(manager_.is_stopping());
    remove(machine_.ready_file());
    if (machine_.service_file()) remove(*machine_.service_file());
    doors_.leave();
    // Else no client sends yet.
    if (is_ready_) std::this_thread::sleep_for(machine_.config().leave_time);
}

}  // namespace millrace
