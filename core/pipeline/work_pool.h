#pragma once
// WorkPool: the threads that loads work on, which wait for the disk and the catalog. Loads are more
// than threads: each posts its next piece of work when it has some, and never waits for its client.
//
// Thread    any; stop() from one that is not of the pool.
// Errors    a task that throws is dropped, and told to `failed`.

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace millrace::pipeline {

class WorkPool {
public:
    using Task = std::function<void()>;

    WorkPool(std::size_t threads, std::function<void(const std::exception&)> failed);
    ~WorkPool() { stop(); }
    WorkPool(const WorkPool&) = delete;
    WorkPool& operator=(const WorkPool&) = delete;

    // Behind all that was posted before. After stop() it is dropped.
    void post(Task task);

    // Runs what was posted, and what that posts, and ends the threads.
    void stop();

private:
    void run();

    const std::function<void(const std::exception&)> failed_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Task> tasks_;
    std::size_t running_ = 0;
    bool is_stopping_ = false;
    bool has_ended_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace millrace::pipeline
