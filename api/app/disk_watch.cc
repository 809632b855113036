#include "api/app/disk_watch.h"

#include <algorithm>
#include <utility>

namespace millrace {
namespace {

constexpr auto kEvery = std::chrono::seconds(1);

}  // namespace

DiskWatch::DiskWatch(Disk& disk, Clock& clock, Executor& executor, Options options,
                     std::function<std::uint64_t()> promised_bytes, DiskEvents events)
    : disk_(disk),
      clock_(clock),
      executor_(executor),
      options_(std::move(options)),
      promised_bytes_(std::move(promised_bytes)),
      events_(std::move(events)),
      ballast_(disk_, options_.path, options_.ballast_bytes),
      room_(options_.reserve_bytes) {}

void DiskWatch::relieve() {
    const auto free = disk_.free_bytes(options_.path);
    if (!free.ok() || ballast_.missing_bytes() > 0 || free.value() >= ballast_.bytes() / 2) return;
    const auto released = ballast_.release();
    if (released.ok()) events_.ballast_released();
    tell_ballast(released);
}

void DiskWatch::start() {
    check();
}

void DiskWatch::check() {
    relieve();
    auto free = disk_.free_bytes(options_.path);
    const auto promised = promised_bytes_();
    if (free.ok() && ballast_.missing_bytes() > 0 &&
        free.value() >= options_.reserve_bytes + promised + 2 * ballast_.bytes()) {
        tell_ballast(ballast_.make());
        free = disk_.free_bytes(options_.path);
    }
    // A disk that cannot be asked is not called full: the write itself will tell. Ballast that
    // cannot be made is not waited for.
    const auto missing = ballast_failed_ ? 0 : ballast_.missing_bytes();
    const auto used = promised + missing;
    const bool has_room =
        !free.ok() || room_.look(free.value() - std::min(free.value(), used), clock_.steady());
    if (has_room_.exchange(has_room, std::memory_order_relaxed) != has_room) {
        events_.changed(has_room);
    }
    executor_.post_at(clock_.steady() + kEvery, [this] { check(); });
}

void DiskWatch::tell_ballast(const Result<void>& outcome) {
    if (!std::exchange(ballast_failed_, !outcome.ok()) && !outcome.ok()) {
        events_.ballast_failed(outcome.error());
    }
}

}  // namespace millrace
