#include "api/disk_watch.h"

#include <algorithm>
#include <utility>

namespace millrace {
namespace {

constexpr auto kEvery = std::chrono::seconds(1);

}  // namespace

DiskWatch::DiskWatch(Disk& disk, Clock& clock, Executor& executor, Options options,
                     std::function<std::uint64_t()> promised_bytes,
                     std::function<void(bool)> changed)
    : disk_(disk),
      clock_(clock),
      executor_(executor),
      options_(std::move(options)),
      promised_bytes_(std::move(promised_bytes)),
      changed_(std::move(changed)),
      room_(options_.reserve_bytes) {}

void DiskWatch::start() {
    check();
}

void DiskWatch::check() {
    const auto free = disk_.free_bytes(options_.path);
    // A disk that cannot be asked is not called full: the write itself will tell.
    const auto promised = promised_bytes_();
    const bool has_room =
        !free.ok() || room_.look(free.value() - std::min(free.value(), promised), clock_.steady());
    if (has_room_.exchange(has_room, std::memory_order_relaxed) != has_room) changed_(has_room);
    executor_.post_at(clock_.steady() + kEvery, [this] { check(); });
}

}  // namespace millrace
