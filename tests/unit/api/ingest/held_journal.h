#pragma once
// HeldJournal: a journal in memory whose completions come from another thread, when the test says
// so or at once.
//
// It is nastier than the real one: it completes batches in any order it is told, refuses or fails
// on demand, and keeps every row so that a test can see what was handed over.

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/support/quiet_journal.h"

namespace millrace {

class HeldJournal final : public testing_support::QuietJournal {
public:
    HeldJournal() : thread_([this] { run(); }) {}
    ~HeldJournal() override {
        {
            const std::lock_guard lock(mutex_);
            ending_ = true;
        }
        changed_.notify_all();
        thread_.join();
    }
    HeldJournal(const HeldJournal&) = delete;
    HeldJournal& operator=(const HeldJournal&) = delete;

    // While held, batches wait for release().
    void hold() {
        const std::lock_guard lock(mutex_);
        held_ = true;
    }
    void release() {
        {
            const std::lock_guard lock(mutex_);
            held_ = false;
        }
        changed_.notify_all();
    }
    void refuse_submits_with(std::optional<Error> error) {
        const std::lock_guard lock(mutex_);
        refusal_ = std::move(error);
    }
    void complete_with(std::optional<Error> error) {
        const std::lock_guard lock(mutex_);
        failure_ = std::move(error);
    }

    // Waits until so many batches were submitted.
    void wait_for_batches(std::size_t count) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return groups_.size() >= count; });
    }
    std::string csv() {
        const std::lock_guard lock(mutex_);
        return csv_;
    }
    // Of each batch, in order of submission.
    std::vector<std::vector<RowGroup>> groups() {
        const std::lock_guard lock(mutex_);
        return groups_;
    }

    Result<Ticket> submit(RowBatch&& batch) override {
        Ticket ticket{.volume = VolumeId("default"), .batch = {}};
        {
            const std::lock_guard lock(mutex_);
            if (refusal_) return *refusal_;
            if (batch.csv.size() > batch_bytes_max_) return Error(Code::too_large, "batch");
            csv_ += batch.csv;
            groups_.push_back(batch.groups);
            ticket.batch = batch.number = BatchNumber(groups_.size());
            waiting_.push_back(std::move(batch));
        }
        changed_.notify_all();
        return ticket;
    }
    std::uint64_t batch_bytes_max() const override { return batch_bytes_max_; }

private:
    void run() {
        std::unique_lock lock(mutex_);
        while (true) {
            changed_.wait(lock, [&] { return ending_ || (!held_ && !waiting_.empty()); });
            if (ending_) return;
            auto batch = std::move(waiting_.front());
            waiting_.pop_front();
            const auto outcome = failure_ ? Result<void>(*failure_) : Result<void>();
            lock.unlock();
            if (outcome.ok() && batch.written) batch.written();
            batch.done(outcome);
            lock.lock();
        }
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    bool held_ = false;
    bool ending_ = false;
    std::optional<Error> refusal_;
    std::optional<Error> failure_;
    const std::uint64_t batch_bytes_max_ = 8 << 20;
    std::string csv_;
    std::vector<std::vector<RowGroup>> groups_;
    std::deque<RowBatch> waiting_;
    std::thread thread_;
};

}  // namespace millrace
