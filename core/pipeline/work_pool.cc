#include "core/pipeline/work_pool.h"

#include <utility>

namespace millrace::pipeline {

WorkPool::WorkPool(std::size_t threads, std::function<void(const std::exception&)> failed)
    : failed_(std::move(failed)) {
    for (std::size_t i = 0; i < threads; ++i) {
        threads_.emplace_back([this] { run(); });
    }
}

void WorkPool::post(Task task) {
    {
        const std::lock_guard lock(mutex_);
        if (has_ended_) return;
        tasks_.push_back(std::move(task));
    }
    changed_.notify_one();
}

void WorkPool::stop() {
    {
        const std::lock_guard lock(mutex_);
        is_stopping_ = true;
    }
    changed_.notify_all();
    for (auto& thread : threads_) thread.join();
    threads_.clear();
    const std::lock_guard lock(mutex_);
    has_ended_ = true;
    tasks_.clear();
}

// While a task runs it may post another one, so no thread ends before all are idle.
void WorkPool::run() {
    std::unique_lock lock(mutex_);
    while (true) {
        changed_.wait(lock, [this] { return !tasks_.empty() || (is_stopping_ && running_ == 0); });
        if (tasks_.empty()) break;
        auto task = std::move(tasks_.front());
        tasks_.pop_front();
        ++running_;
        lock.unlock();
        try {
            task();
        } catch (const std::exception& exception) {
            failed_(exception);
        }
        task = nullptr;
        lock.lock();
        --running_;
        if (is_stopping_ && running_ == 0 && tasks_.empty()) changed_.notify_all();
    }
}

}  // namespace millrace::pipeline
