#include "api/app/traffic_recorder.h"

#include <chrono>

#include "api/log/log.h"
#include "core/ports/atomic_file.h"

namespace millrace {
namespace {

constexpr auto kEvery = std::chrono::seconds(accounts::TrafficSeries::kShortStep);
constexpr std::uint64_t kSaveEvery =
    accounts::TrafficSeries::kLongStep / accounts::TrafficSeries::kShortStep;  // notes

}  // namespace

void TrafficRecorder::start() {
    const auto kept = read_whole(parts_.disk, parts_.path);
    if (kept.ok() && !series_.decode(kept.value())) {
        log::info("traffic_not_read", {{"file", parts_.path}});
    }
    is_stopped_ = false;
    series_.note(parts_.totals(), parts_.clock.wall(), parts_.clock.steady());
    note_later();
}

void TrafficRecorder::note_later() {
    parts_.executor.post_at(parts_.clock.steady() + kEvery, [this] {
        if (is_stopped_) return;
        note();
        note_later();
    });
}

void TrafficRecorder::note() {
    series_.note(parts_.totals(), parts_.clock.wall(), parts_.clock.steady());
    if (++notes_ % kSaveEvery == 0) save();
}

void TrafficRecorder::stop() {
    if (is_stopped_.exchange(true)) return;
    parts_.executor.post([this] {
        note();
        save();
    });
}

// A disk without room keeps no graphs.
void TrafficRecorder::save() {
    const auto saved = write_atomically(parts_.disk, parts_.path, series_.encode());
    if (saved.ok()) return;
    log::info("traffic_not_saved", {{"cause", saved.error().operator_text()}});
}

}  // namespace millrace
