#include "api/kafka/status_board.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace millrace::kafka {
namespace {

constexpr Milliseconds kAtLeast{1'000};

}  // namespace

std::string_view to_string(SourceState state) {
    switch (state) {
        case SourceState::starting:
            return "starting";
        case SourceState::reading:
            return "reading";
        case SourceState::waiting:
            return "waiting";
        case SourceState::paused:
            return "paused";
        case SourceState::disabled:
            return "disabled";
        case SourceState::failed:
            return "failed";
    }
    return "";
}

std::optional<std::uint64_t> SourceStatus::lag() const {
    std::optional<std::uint64_t> sum;
    for (const auto& partition : partitions) {
        if (partition.is_assigned && !partition.end) return std::nullopt;
        if (partition.end) sum = sum.value_or(0) + partition.lag();
    }
    return sum;
}

StatusBoard::StatusBoard(Clock& clock, std::shared_ptr<SourceWatch> watch, Milliseconds soonest,
                         std::function<void(const SourceStatus&)> changed)
    : clock_(clock), watch_(std::move(watch)), soonest_(soonest), changed_(std::move(changed)) {
    status_.since = clock_.wall();
}

void StatusBoard::say(SourceState state, std::string reason) {
    if (status_.state == state && status_.reason == reason) return;
    const bool is_other = status_.state != state;
    status_.state = state;
    status_.reason = std::move(reason);
    if (is_other) status_.since = clock_.wall();
    has_changed_ = true;
    if (is_other && changed_) changed_(status_);
}

void StatusBoard::saw(const FetchedMessage& message) {
    if (message.timestamp) seen_[message.partition].last_message_at = message.timestamp;
    ++status_.messages;
    if (message.value) status_.bytes += message.value->size();
}

void StatusBoard::set_assigned(std::span<const std::int32_t> partitions) {
    for (auto& [number, seen] : seen_) seen.is_assigned = false;
    for (const auto number : partitions) seen_[number].is_assigned = true;
}

void StatusBoard::publish(const Facts& facts) {
    const auto now = clock_.steady();
    const auto passed = std::chrono::duration<double>(now - published_at_).count();
    const bool is_other = status_.state != published_state_;
    const bool is_soon = now - published_at_ < (has_changed_ ? soonest_ : kAtLeast);
    if (!is_other && is_soon) return;
    published_state_ = status_.state;
    has_changed_ = false;
    const auto came = status_.messages - messages_then_;
    if (passed > 0.1) {
        status_.messages_per_second = static_cast<double>(came) / passed;
        messages_then_ = status_.messages;
        published_at_ = now;
    }
    show(facts);
}

void StatusBoard::show(const Facts& facts) {
    status_.undecodable = facts.undecodable;
    status_.sinks = facts.durable.sinks;
    if (facts.route != nullptr) {
        for (const auto& sink : facts.route->sinks) {
            status_.sink_ids[sink.version.sink] = sink.sink;
        }
    }
    status_.gaps = facts.durable.gaps;
    status_.partitions.clear();
    for (const auto& [number, progress] : facts.durable.partitions) {
        auto& seen = seen_[number];
        seen.partition = number;
        seen.progress = progress;
        if (facts.topic != nullptr) {
            if (const auto marks = facts.topic->last_watermarks(number)) seen.end = marks->high;
        }
        const bool is_behind = seen.lag() > 0 && seen.last_message_at;
        seen.lag_time = is_behind ? std::max(Milliseconds(0), clock_.wall() - *seen.last_message_at)
                                  : Milliseconds(0);
        status_.partitions.push_back(seen);
    }
    watch_->set(status_);
}

}  // namespace millrace::kafka
