#include "core/ports/lazy_executor.h"

#include <utility>

namespace millrace {

LazyExecutor::LazyExecutor(Executor& executor, Clock& clock, Patience patience)
    : executor_(executor), clock_(clock), patience_(patience) {}

void LazyExecutor::post(Task task) {
    const bool posts = waiting_.with([&](Waiting& waiting) {
        waiting.tasks.push_back(std::move(task));
        return !std::exchange(waiting.is_posted, true);
    });
    if (posts) executor_.post([this] { run(); });
}

void LazyExecutor::post_lazily(Task task, std::size_t bytes) {
    bool sets_timer = false;
    const bool posts = waiting_.with([&](Waiting& waiting) {
        waiting.tasks.push_back(std::move(task));
        waiting.bytes += bytes;
        if (waiting.bytes >= patience_.bytes) return !std::exchange(waiting.is_posted, true);
        sets_timer = !waiting.is_posted && !std::exchange(waiting.is_timer_set, true);
        return false;
    });
    if (posts) executor_.post([this] { run(); });
    if (!sets_timer) return;
    executor_.post_at(clock_.steady() + patience_.time, [this] {
        waiting_.with([](Waiting& waiting) { waiting.is_timer_set = false; });
        run();
    });
}

void LazyExecutor::run() {
    auto tasks = waiting_.with([](Waiting& waiting) {
        waiting.bytes = 0;
        waiting.is_posted = false;
        return std::exchange(waiting.tasks, {});
    });
    for (auto& slot : tasks) {
        const auto task = std::move(slot);  // what it captured dies with it, not with the last one
        task();
    }
}

}  // namespace millrace
