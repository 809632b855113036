#include "core/pipeline/write_behind.h"

#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace millrace::pipeline {

class WriteBehind::Queue {
public:
    Queue(std::size_t waiting_max, Write write)
        : waiting_max_(waiting_max), write_(std::move(write)) {}

    // Whether somebody must run() it.
    Result<bool> add(RowPiece piece) {
        std::unique_lock lock(mutex_);
        wait(lock, waiting_max_);
        if (failure_) return *failure_;
        waiting_.push_back(std::move(piece));
        return !is_writing_ && !std::exchange(is_posted_, true);
    }

    void run() {
        std::unique_lock lock(mutex_);
        is_posted_ = false;
        if (!is_writing_) write_all(lock);
    }

    Result<void> drain() {
        std::unique_lock lock(mutex_);
        wait(lock, 1);
        changed_.wait(lock, [this] { return !is_writing_; });
        if (failure_) return *failure_;
        return {};
    }

    void stop() {
        std::unique_lock lock(mutex_);
        waiting_.clear();
        changed_.wait(lock, [this] { return !is_writing_; });
    }

    std::string buffer() {
        const std::lock_guard lock(mutex_);
        if (written_.empty()) return {};
        auto buffer = std::move(written_.back());
        written_.pop_back();
        buffer.clear();
        return buffer;
    }

private:
    // Until fewer pieces wait than that.
    void wait(std::unique_lock<std::mutex>& lock, std::size_t waiting) {
        while (waiting_.size() >= waiting) {
            if (!is_writing_) {
                write_all(lock);
            } else {
                changed_.wait(lock);
            }
        }
    }

    void write_all(std::unique_lock<std::mutex>& lock) {
        is_writing_ = true;
        while (!waiting_.empty()) {
            auto piece = std::move(waiting_.front());
            waiting_.pop_front();
            lock.unlock();
            auto written = written_piece(piece);
            lock.lock();
            if (!written.ok() && !failure_) failure_ = std::move(written).error();
            if (failure_) waiting_.clear();
            if (written_.size() <= waiting_max_) written_.push_back(std::move(piece.csv));
            changed_.notify_all();
        }
        is_writing_ = false;
        changed_.notify_all();
    }

    Result<void> written_piece(const RowPiece& piece) const {
        try {
            return write_(piece);
        } catch (const std::exception& exception) {
            return Error(Code::internal, exception.what());
        }
    }

    const std::size_t waiting_max_;
    const Write write_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<RowPiece> waiting_;
    std::vector<std::string> written_;  // their memory
    std::optional<Error> failure_;
    bool is_posted_ = false;   // run() is to come
    bool is_writing_ = false;  // somebody is in write_all()
};

WriteBehind::WriteBehind(WorkPool& pool, std::size_t waiting_max, Write write)
    : pool_(pool), queue_(std::make_shared<Queue>(waiting_max, std::move(write))) {}

WriteBehind::~WriteBehind() {
    stop();
}

Result<void> WriteBehind::give(RowPiece piece) {
    TRY_ASSIGN(const bool must_run, queue_->add(std::move(piece)));
    if (must_run) pool_.post([queue = queue_] { queue->run(); });
    return {};
}

Result<void> WriteBehind::drain() {
    return queue_->drain();
}

void WriteBehind::stop() {
    queue_->stop();
}

std::string WriteBehind::buffer() {
    return queue_->buffer();
}

}  // namespace millrace::pipeline
