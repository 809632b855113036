#pragma once
// StatusBoard: what a source does now, as its thread finds out, put on its watch now and then.
//
// Thread  that of the source; before it runs, whoever makes the source.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "api/kafka/source_progress.h"
#include "api/kafka/source_watch.h"
#include "core/base/time.h"
#include "core/pipeline/source_route.h"
#include "core/ports/clock.h"
#include "core/ports/topic_reader.h"

namespace millrace::kafka {

class StatusBoard {
public:
    // `changed` hears of another state, at once. A change is on the watch after `soonest`, another
    // state at once, and all of it each second.
    StatusBoard(Clock& clock, std::shared_ptr<SourceWatch> watch, Milliseconds soonest,
                std::function<void(const SourceStatus&)> changed);

    void say(SourceState state, std::string reason = {});

    void set_topic(const std::string& topic) { status_.topic = topic; }
    void saw(const FetchedMessage& message);
    // These partitions of the topic are read.
    void set_assigned(std::span<const std::int32_t> partitions);
    void rewound() { ++status_.rewinds; }
    // A broker has said where logs end.
    void heard(WallTime at) { status_.heard_at = at; }
    void set_end(std::int32_t partition, std::int64_t end) { seen_[partition].end = end; }
    // There is something to be shown soon.
    void note() { has_changed_ = true; }

    // What is durable, and how far that is behind.
    struct Facts {
        const SourceProgress& durable;
        const pipeline::SourceRoute* route = nullptr;
        // Whose last word about the ends of logs is new; null: nobody's.
        const TopicReader* topic = nullptr;
        std::uint64_t undecodable = 0;
    };
    // Puts it on the watch, if it is time.
    void publish(const Facts& facts);
    // The same whatever the time.
    void show(const Facts& facts);

private:
    Clock& clock_;
    const std::shared_ptr<SourceWatch> watch_;
    const Milliseconds soonest_;
    const std::function<void(const SourceStatus&)> changed_;
    SourceStatus status_;
    std::map<std::int32_t, PartitionStatus> seen_;
    bool has_changed_ = true;  // since it was published
    std::optional<SourceState> published_state_;
    std::uint64_t messages_then_ = 0;
    SteadyTime published_at_{};
};

}  // namespace millrace::kafka
