#pragma once
// RestPool: the threads on which calls are served, each with a RestServer of its own.
//
// As many calls wait as there are connections, at most: a connection has one request at a time.
//
// Thread    any; a result is given from a thread of the pool.
// Errors    no exception leaves a thread: what a call throws is its answer, 500.

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "api/control/rest_call.h"
#include "api/control/rest_server.h"
#include "core/definitions/random_text.h"

namespace millrace::control {

class RestPool {
public:
    using Done = std::function<void(RestResult)>;

    // `random` must outlive it.
    RestPool(definitions::RandomText& random, RestLimits limits)
        : random_(random), limits_(limits) {}
    ~RestPool() { stop(); }
    RestPool(const RestPool&) = delete;
    RestPool& operator=(const RestPool&) = delete;

    // Once. Calls that were submitted before are served now.
    void start(std::size_t threads, Handler handler);

    void submit(std::shared_ptr<const RestCall> call, Done done);

    // Returns when the calls being served have ended; those that wait are dropped.
    void stop();

private:
    struct Job {
        std::shared_ptr<const RestCall> call;
        Done done;
    };

    void run(RestServer& server);
    bool take(Job& job);
    void serve(RestServer& server, const Job& job) noexcept;

    definitions::RandomText& random_;
    const RestLimits limits_;
    Handler handler_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Job> jobs_;
    bool is_stopping_ = false;
    std::vector<std::unique_ptr<RestServer>> servers_;  // one a thread
    std::vector<std::thread> threads_;
};

}  // namespace millrace::control
