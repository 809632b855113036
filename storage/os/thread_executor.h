#pragma once
// ThreadExecutor is an Executor with a thread of its own.
//
// Posted tasks run in the order they came; a timed task joins them once it is due (by its time,
// then in the order it came). Posting costs a lock and a push into a vector that keeps its
// capacity; the thread takes all that gathered at once, and is woken only if it sleeps. The queue
// has no bound: who posts for others bounds what he posts.
//
// Lifetime  what the tasks refer to must live until stop() has returned.
// Thread    post(), post_at() from any; stop() and the destructor from the owner's, never from a
// task.
// Errors    a task that throws ends the program with the thread's name and the exception's text.

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "core/ports/executor.h"

namespace millrace::os {

class ThreadExecutor : public Executor {
public:
    // low: gives way to the other threads of the process where they need all processors (nice 10).
    enum class Priority { normal, low };

    // `name` is what ps and gdb show, cut after 15 bytes.
    explicit ThreadExecutor(std::string name, Priority priority = Priority::normal);
    ~ThreadExecutor() override;  // stop()

    void post(Task task) override;
    void post_at(SteadyTime when, Task task) override;

    // Drops the timed tasks, runs the posted ones and those they post, and joins the thread. What
    // is posted after that, and timed tasks from the beginning of stop() on, is destroyed without
    // having run. Calling it again does nothing.
    void stop();

private:
    struct Timed {
        SteadyTime when;
        std::uint64_t number;  // in the order of posting
        Task task;
    };
    static bool is_later(const Timed& a, const Timed& b);

    void run();
    void wait_for_work(std::unique_lock<std::mutex>& lock);
    void take_due_tasks();
    void run_taken();

    const std::string name_;
    const Priority priority_;

    std::mutex mutex_;  // guards all down to the next blank line
    std::condition_variable wake_;
    std::vector<Task> posted_;
    std::vector<Timed> timed_;  // a heap, the earliest in front
    std::uint64_t timed_number_ = 0;
    bool sleeping_ = false;
    bool stopping_ = false;
    bool ended_ = false;

    std::vector<Task> taken_;  // the thread's
    std::thread thread_;       // last: it uses the others
};

}  // namespace millrace::os
