#include "storage/os/thread_executor.h"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "core/base/check.h"

namespace millrace::os {
namespace {

constexpr std::size_t kThreadNameBytesMax = 15;  // pthread_setname_np(3)
constexpr int kLowNice = 10;                     // a tenth of what a thread with 0 gets, nice(1)

// Linux has a nice value for each thread; where that fails the thread is one like the others.
void give_way() {
    const auto thread = static_cast<id_t>(::gettid());
    const int own = ::getpriority(PRIO_PROCESS, thread);
    static_cast<void>(::setpriority(PRIO_PROCESS, thread, std::max(own, kLowNice)));
}

}  // namespace

ThreadExecutor::ThreadExecutor(std::string name, Priority priority)
    : name_(std::move(name)), priority_(priority), thread_([this] { run(); }) {}

ThreadExecutor::~ThreadExecutor() {
    stop();
}

void ThreadExecutor::post(Task task) {
    bool asleep = false;
    {
        const std::lock_guard lock(mutex_);
        if (ended_) return;
        posted_.push_back(std::move(task));
        asleep = std::exchange(sleeping_, false);  // one poster wakes it, the others need not
    }
    if (asleep) wake_.notify_one();
}

void ThreadExecutor::post_at(SteadyTime when, Task task) {
    bool asleep = false;
    {
        const std::lock_guard lock(mutex_);
        if (stopping_) return;
        const auto number = timed_number_++;
        timed_.push_back(Timed{when, number, std::move(task)});
        std::push_heap(timed_.begin(), timed_.end(), is_later);
        const bool is_first = timed_.front().number == number;  // else it sleeps short enough
        if (is_first) asleep = std::exchange(sleeping_, false);
    }
    if (asleep) wake_.notify_one();
}

void ThreadExecutor::stop() {
    if (!thread_.joinable()) return;
    check(std::this_thread::get_id() != thread_.get_id(), "{} is stopped by a task of its own",
          name_);

    std::vector<Timed> dropped;  // destroyed outside the lock: a task's destructor may post
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        sleeping_ = false;
        dropped.swap(timed_);
    }
    wake_.notify_one();
    thread_.join();
}

bool ThreadExecutor::is_later(const Timed& a, const Timed& b) {
    return a.when != b.when ? a.when > b.when : a.number > b.number;
}

void ThreadExecutor::run() {
    ::pthread_setname_np(::pthread_self(), name_.substr(0, kThreadNameBytesMax).c_str());
    if (priority_ == Priority::low) give_way();
    for (;;) {
        {
            std::unique_lock lock(mutex_);
            wait_for_work(lock);
            taken_.swap(posted_);
            if (!timed_.empty()) take_due_tasks();
            if (taken_.empty() && stopping_) {
                ended_ = true;
                return;
            }
        }
        run_taken();
    }
}

// Returns when something is posted or due or stop() is called, or for no reason.
void ThreadExecutor::wait_for_work(std::unique_lock<std::mutex>& lock) {
    if (!posted_.empty() || stopping_) return;
    sleeping_ = true;
    if (timed_.empty()) {
        wake_.wait(lock);
    } else {
        wake_.wait_until(lock,
                         SteadyTime(timed_.front().when));  // a copy: the heap moves meanwhile
    }
    sleeping_ = false;
}

void ThreadExecutor::take_due_tasks() {
    const auto now = std::chrono::steady_clock::now();
    while (!timed_.empty() && timed_.front().when <= now) {
        std::pop_heap(timed_.begin(), timed_.end(), is_later);
        taken_.push_back(std::move(timed_.back().task));
        timed_.pop_back();
    }
}

void ThreadExecutor::run_taken() {
    for (auto& slot : taken_) {
        const auto task = std::move(slot);  // what it captured dies with it, not with the last one
        try {
            task();
        } catch (const std::exception& exception) {
            check_failed(fmt::format("a task of {} threw: {}", name_, exception.what()));
        } catch (...) {
            check_failed(fmt::format("a task of {} threw", name_));
        }
    }
    taken_.clear();
}

}  // namespace millrace::os
