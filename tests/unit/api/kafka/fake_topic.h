#pragma once
// FakeTopic: a topic in memory. It is nastier than brokers: after assign() a reader may get
// messages again that it had before, answers fail when told to, and batches have any size.
//
// Thread  any.

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "core/ports/topic_reader.h"

namespace millrace::kafka {

struct FakeMessage {
    std::optional<std::string> value;
    std::optional<std::string> key = {};
};

class FakeTopic {
public:
    explicit FakeTopic(int partitions) : logs_(static_cast<std::size_t>(partitions)) {}

    std::int64_t publish(std::int32_t partition, FakeMessage message) {
        const std::lock_guard lock(mutex_);
        auto& log = logs_.at(static_cast<std::size_t>(partition));
        log.messages[log.high] = std::move(message);
        changed_.notify_all();
        return log.high++;
    }
    // An offset without a message: the mark of a transaction.
    void skip_offset(std::int32_t partition) {
        const std::lock_guard lock(mutex_);
        ++logs_.at(static_cast<std::size_t>(partition)).high;
    }
    void add_partition() {
        const std::lock_guard lock(mutex_);
        logs_.emplace_back();
    }
    // Retention: nothing below is left.
    void expire(std::int32_t partition, std::int64_t low) {
        const std::lock_guard lock(mutex_);
        auto& log = logs_.at(static_cast<std::size_t>(partition));
        log.low = low;
        log.messages.erase(log.messages.begin(), log.messages.lower_bound(low));
    }
    // The topic is deleted and made again.
    void make_again() {
        const std::lock_guard lock(mutex_);
        for (auto& log : logs_) log = {};
    }
    void refuse(std::optional<Error> error) {
        const std::lock_guard lock(mutex_);
        refusal_ = std::move(error);
    }
    std::map<std::int32_t, std::int64_t> committed() const {
        const std::lock_guard lock(mutex_);
        return committed_;
    }

private:
    friend class FakeReader;
    struct Log {
        std::int64_t low = 0;
        std::int64_t high = 0;
        std::map<std::int64_t, FakeMessage> messages;
    };

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<Log> logs_;
    std::optional<Error> refusal_;
    std::map<std::int32_t, std::int64_t> committed_;
    std::mt19937 random_{7};
};

class FakeReader final : public TopicReader {
public:
    explicit FakeReader(FakeTopic& topic) : topic_(topic) {}

    Result<std::vector<std::int32_t>> partitions(Milliseconds) override {
        const std::lock_guard lock(topic_.mutex_);
        if (topic_.refusal_) return *topic_.refusal_;
        std::vector<std::int32_t> all;
        for (std::size_t i = 0; i < topic_.logs_.size(); ++i) {
            all.push_back(static_cast<std::int32_t>(i));
        }
        return all;
    }
    Result<Watermarks> watermarks(std::int32_t partition, Milliseconds) override {
        const std::lock_guard lock(topic_.mutex_);
        if (topic_.refusal_) return *topic_.refusal_;
        const auto& log = topic_.logs_.at(static_cast<std::size_t>(partition));
        return Watermarks{.low = log.low, .high = log.high};
    }
    Result<std::optional<std::int64_t>> offset_at(std::int32_t partition, WallTime time,
                                                  Milliseconds) override {
        const std::lock_guard lock(topic_.mutex_);
        const auto& log = topic_.logs_.at(static_cast<std::size_t>(partition));
        const auto found = log.messages.lower_bound(time.unix_ms);  // its offset is its time
        if (found == log.messages.end()) return std::optional<std::int64_t>();
        return std::optional<std::int64_t>(found->first);
    }
    Result<void> assign(std::span<const PartitionOffset> partitions) override {
        const std::lock_guard lock(topic_.mutex_);
        next_.clear();
        told_.clear();
        for (const auto& [partition, offset] : partitions) {
            // What was under way comes once more.
            const auto back = static_cast<std::int64_t>(topic_.random_() % 3);
            const auto& log = topic_.logs_.at(static_cast<std::size_t>(partition));
            next_[partition] = offset > log.high ? offset : std::max(log.low, offset - back);
            if (offset < log.low) next_[partition] = offset;
        }
        return {};
    }
    TopicBatch read(std::size_t messages_max, Milliseconds wait) override {
        std::unique_lock lock(topic_.mutex_);
        const auto deadline = std::chrono::steady_clock::now() + wait;
        while (!collect(messages_max) && !is_woken_) {
            if (topic_.changed_.wait_until(lock, deadline) == std::cv_status::timeout) break;
        }
        is_woken_ = false;
        return {.messages = messages_, .events = events_};
    }
    void wake() override {
        const std::lock_guard lock(topic_.mutex_);
        is_woken_ = true;
        topic_.changed_.notify_all();
    }
    std::optional<Watermarks> last_watermarks(std::int32_t partition) const override {
        const std::lock_guard lock(topic_.mutex_);
        const auto& log = topic_.logs_.at(static_cast<std::size_t>(partition));
        return Watermarks{.low = log.low, .high = log.high};
    }
    void commit(std::span<const PartitionOffset> partitions) override {
        const std::lock_guard lock(topic_.mutex_);
        for (const auto& [partition, offset] : partitions) topic_.committed_[partition] = offset;
    }

private:
    bool collect(std::size_t messages_max) {
        messages_.clear();
        events_.clear();
        texts_.clear();
        const auto most = std::min<std::size_t>(messages_max, 1 + topic_.random_() % 7);
        for (auto& [partition, next] : next_) {
            const auto& log = topic_.logs_.at(static_cast<std::size_t>(partition));
            if (next < log.low || next > log.high) {
                if (std::exchange(told_[partition], true)) continue;
                events_.push_back({.kind = TopicEvent::Kind::out_of_range,
                                   .partition = partition,
                                   .text = "Offset out of range"});
                continue;
            }
            for (auto at = log.messages.lower_bound(next);
                 at != log.messages.end() && messages_.size() < most; ++at) {
                add(partition, at->first, at->second);
                next = at->first + 1;
            }
            if (messages_.empty() && next < log.high &&
                log.messages.lower_bound(next) == log.messages.end()) {
                next = log.high;
                events_.push_back({.kind = TopicEvent::Kind::end,
                                   .partition = partition,
                                   .text = {},
                                   .offset = next});
            }
        }
        return !messages_.empty() || !events_.empty();
    }
    void add(std::int32_t partition, std::int64_t offset, const FakeMessage& message) {
        FetchedMessage one{.partition = partition, .offset = offset, .timestamp = WallTime{offset}};
        if (message.key) one.key = texts_.emplace_back(*message.key);
        if (message.value) one.value = texts_.emplace_back(*message.value);
        messages_.push_back(one);
    }

    FakeTopic& topic_;
    std::map<std::int32_t, std::int64_t> next_;
    std::map<std::int32_t, bool> told_;
    bool is_woken_ = false;
    std::deque<std::string> texts_;
    std::vector<FetchedMessage> messages_;
    std::vector<TopicEvent> events_;
};

class FakeTopics final : public TopicReaders {
public:
    explicit FakeTopics(FakeTopic& topic) : topic_(topic) {}
    Result<std::unique_ptr<TopicReader>> open(const TopicReaderSettings&) override {
        return std::unique_ptr<TopicReader>(std::make_unique<FakeReader>(topic_));
    }

private:
    FakeTopic& topic_;
};

}  // namespace millrace::kafka
