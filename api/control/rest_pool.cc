#include "api/control/rest_pool.h"

#include <exception>
#include <utility>

#include "api/control/control_events.h"
#include "api/control/render.h"

namespace millrace::control {

void RestPool::start(std::size_t threads, Handler handler) {
    handler_ = std::move(handler);
    for (std::size_t i = 0; i < threads; ++i) {
        servers_.push_back(std::make_unique<RestServer>(handler_, random_, limits_));
        threads_.emplace_back([this, &server = *servers_.back()] { run(server); });
    }
}

void RestPool::submit(std::shared_ptr<const RestCall> call, Done done) {
    {
        const std::lock_guard lock(mutex_);
        if (is_stopping_) return;
        jobs_.push_back({.call = std::move(call), .done = std::move(done)});
    }
    changed_.notify_one();
}

void RestPool::stop() {
    std::deque<Job> dropped;  // destroyed outside the lock
    {
        const std::lock_guard lock(mutex_);
        is_stopping_ = true;
        dropped.swap(jobs_);
    }
    changed_.notify_all();
    for (auto& thread : threads_) thread.join();
    threads_.clear();
}

void RestPool::run(RestServer& server) {
    Job job;
    while (take(job)) {
        serve(server, job);
        job = {};
    }
}

bool RestPool::take(Job& job) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return is_stopping_ || !jobs_.empty(); });
    if (is_stopping_) return false;
    job = std::move(jobs_.front());
    jobs_.pop_front();
    return true;
}

void RestPool::serve(RestServer& server, const Job& job) noexcept {
    try {
        try {
            job.done(server.serve(*job.call));
        } catch (const std::exception& exception) {
            const auto id = random_.make(kRequestIdLength);
            const Error error(Code::internal, exception.what());
            emit(RequestFailed{.request_id = id, .method = "", .path = "", .error = error});
            job.done({.answer = answer_of(error_response(error, id), id), .waiting = {}});
        }
    } catch (...) {  // without memory for an answer either: the connection waits for the end
    }
}

}  // namespace millrace::control
