#pragma once
// BoundedPool: the threads of an httplib server, with a bound on the connections that wait for one.
//
// Whoever adds one too many waits himself. That is the thread that accepts: further connections
// stay with the kernel, and cost the process neither memory nor descriptors.

#include <httplib.h>

#include <cstddef>
#include <functional>
#include <semaphore>
#include <utility>

namespace millrace::control {

class BoundedPool final : public httplib::TaskQueue {
public:
    BoundedPool(std::size_t threads, std::ptrdiff_t waiting_max)
        : places_(waiting_max), pool_(threads) {}

    // Returns when the task has a place among those that wait.
    void enqueue(std::function<void()> task) override {
        places_.acquire();
        pool_.enqueue([this, task = std::move(task)] {
            places_.release();
            task();
        });
    }

    // Returns when all tasks are done.
    void shutdown() override { pool_.shutdown(); }

private:
    std::counting_semaphore<> places_;
    httplib::ThreadPool pool_;
};

}  // namespace millrace::control
