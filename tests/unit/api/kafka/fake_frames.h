#pragma once
// FakeFrames: a journal in memory with a thread of its own, which keeps the promises of the real
// one and nothing more: it refuses some batches at once and some later, and a crash takes any of
// those that were not answered.
//
// Thread  any.

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "core/model/position.h"
#include "tests/support/quiet_journal.h"

namespace millrace::kafka {

class FakeFrames final : public testing_support::QuietJournal {
public:
    // Of a hundred batches so many fail in each of the two ways.
    explicit FakeFrames(std::uint32_t seed = 1, unsigned failures = 0)
        : failures_(failures), random_(seed), thread_([this] { run(); }) {}
    ~FakeFrames() override {
        {
            const std::lock_guard lock(mutex_);
            is_ended_ = true;
            changed_.notify_all();
        }
        thread_.join();
    }

    Result<Ticket> submit(RowBatch&& batch) override {
        const std::lock_guard lock(mutex_);
        if (random_() % 100 < failures_) return Error(Code::overloaded, "busy");
        queue_.push_back(std::move(batch));
        changed_.notify_all();
        return Ticket{};
    }
    Result<std::vector<SourcePosition>> positions_of(const Fingerprint& source) const override {
        const std::lock_guard lock(mutex_);
        if (is_away_) return Error(Code::unavailable, "a volume is away");
        return positions_.of(source);
    }

    // Nobody is answered any more; what waits is there or not.
    void crash() {
        const std::lock_guard lock(mutex_);
        auto kept = random_() % (queue_.size() + 1);
        for (auto& batch : queue_) {
            if (kept-- == 0) break;
            write(batch);
        }
        queue_.clear();
    }
    void set_away(bool is_away) {
        const std::lock_guard lock(mutex_);
        is_away_ = is_away;
    }
    // Batches wait until it is false.
    void hold(bool is_held) {
        const std::lock_guard lock(mutex_);
        is_held_ = is_held;
        changed_.notify_all();
    }

    // The rows that are durable, without quotes, in their order.
    std::vector<std::string> rows() const {
        const std::lock_guard lock(mutex_);
        return rows_;
    }
    // False: it was not so within 20 seconds.
    template <typename Condition>
    bool wait_for(Condition condition) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, std::chrono::seconds(20),
                                 [&] { return condition(rows_, positions_); });
    }
    bool wait_for_rows(std::size_t count) {
        return wait_for([&](const auto& rows, const auto&) { return rows.size() >= count; });
    }

private:
    void write(const RowBatch& batch) {
        std::size_t begin = 0;
        while (begin < batch.csv.size()) {
            const auto end = batch.csv.find('\n', begin);
            std::string row;
            for (const char c : batch.csv.substr(begin, end - begin)) {
                if (c != '"') row += c;
            }
            rows_.push_back(row);
            begin = end + 1;
        }
        for (const auto& position : batch.positions) positions_.add(position);
    }

    void run() {
        std::unique_lock lock(mutex_);
        while (true) {
            changed_.wait(lock, [&] { return is_ended_ || (!queue_.empty() && !is_held_); });
            if (is_ended_) return;
            auto batch = std::move(queue_.front());
            queue_.pop_front();
            const bool fails = random_() % 100 < failures_;
            if (!fails) write(batch);
            lock.unlock();
            batch.done(fails ? Result<void>(Error(Code::overloaded, "the disk is full"))
                             : Result<void>());
            lock.lock();
            changed_.notify_all();
        }
    }

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    const unsigned failures_;
    std::mt19937 random_;
    std::deque<RowBatch> queue_;
    std::vector<std::string> rows_;
    Positions positions_;
    bool is_away_ = false;
    bool is_held_ = false;
    bool is_ended_ = false;
    std::thread thread_;
};

}  // namespace millrace::kafka
