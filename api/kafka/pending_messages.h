#pragma once
// PendingMessages: what was read of a topic and is in no batch yet, and the events behind it.
//
// Lifetime  messages are valid until the next read(), or until the partitions are assigned anew.
// Thread    that of the source.

#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "api/kafka/source_progress.h"
#include "core/base/time.h"
#include "core/ports/topic_reader.h"

namespace millrace::kafka {

class PendingMessages {
public:
    // Takes what `batch` has, which came `at` that time, but for what is in front of `progress`:
    // after an assignment it may come again.
    void take(const TopicBatch& batch, const Instant& at, const SourceProgress& progress);

    bool is_empty() const { return messages_.empty(); }
    std::span<const FetchedMessage> messages() const { return messages_; }
    const FetchedMessage& front() const { return messages_.front(); }
    void pop_front() { messages_ = messages_.subspan(1); }
    const Instant& at() const { return at_; }

    bool has_events() const { return !events_.empty(); }
    std::vector<TopicEvent> take_events() { return std::exchange(events_, {}); }

    void drop() {
        messages_ = {};
        events_.clear();
    }

private:
    std::span<const FetchedMessage> messages_;
    std::vector<FetchedMessage> sifted_;  // messages_, where some had been read before
    Instant at_{};
    std::vector<TopicEvent> events_;
};

}  // namespace millrace::kafka
