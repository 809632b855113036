#pragma once
// SourceWatch: what a Kafka source does now, for the REST API and metrics. SourceWatches: of all.
//
// Thread  any.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/kafka/source_progress.h"
#include "core/base/guarded.h"
#include "core/base/time.h"
#include "core/model/source.h"

namespace millrace::kafka {

//   starting --> reading <--> waiting    by itself, as brokers and disks come and go
//   any --> paused, disabled, failed     until a change of the source; failed also by a restart
enum class SourceState {
    starting,  // no broker has answered yet
    reading,
    waiting,   // for a broker, the topic, the disk, room for rejects; `reason` says which
    paused,    // as its settings say
    disabled,  // the source, or what the API says of it
    failed,    // only a change of the source helps
};
std::string_view to_string(SourceState state);

struct PartitionStatus {
    std::int32_t partition = 0;
    bool is_assigned = false;                 // is read, or was when it was last looked
    PartitionProgress progress;               // durable
    std::optional<std::int64_t> end;          // of the log, as last heard
    std::optional<WallTime> last_message_at;  // the timestamp of the last message
    Milliseconds lag_time{};                  // how old that one is now, if others are behind it

    std::uint64_t lag() const {
        return end && *end > progress.next ? static_cast<std::uint64_t>(*end - progress.next) : 0;
    }
};

struct SourceStatus {
    SourceState state = SourceState::starting;
    std::string reason;  // of a state that is not the wanted one
    WallTime since = {};
    std::string topic;
    std::vector<PartitionStatus> partitions;
    std::optional<WallTime> heard_at;  // when brokers last said where the logs end
    std::map<SinkNumber, SinkProgress> sinks;
    std::map<SinkNumber, SinkId> sink_ids;  // those that were served since the process began
    std::vector<Gap> gaps;
    double messages_per_second = 0;
    std::uint64_t messages = 0;  // since the process began, as all below
    std::uint64_t bytes = 0;     // of values
    std::uint64_t undecodable = 0;
    std::uint64_t rewinds = 0;  // messages were fetched again, as their rows were not written

    // Offsets that are not rows yet. Nothing until it is known where all logs end.
    std::optional<std::uint64_t> lag() const;
};

class SourceWatch {
public:
    SourceStatus status() const {
        return status_.with([](const SourceStatus& status) { return status; });
    }
    void set(SourceStatus status) {
        status_.with([&](SourceStatus& now) { now = std::move(status); });
    }

private:
    Guarded<SourceStatus> status_;
};

class SourceWatches {
public:
    std::shared_ptr<SourceWatch> of(const SourceKey& source) {
        return watches_.with([&](Watches& watches) {
            auto& watch = watches[source];
            if (watch == nullptr) watch = std::make_shared<SourceWatch>();
            return watch;
        });
    }
    // Nothing of a source that was never served.
    std::optional<SourceStatus> status_of(const SourceKey& source) const {
        const auto watch = watches_.with([&](const Watches& watches) {
            const auto found = watches.find(source);
            return found == watches.end() ? nullptr : found->second;
        });
        if (watch == nullptr) return std::nullopt;
        return watch->status();
    }
    std::map<SourceKey, SourceStatus> all() const {
        const auto watches = watches_.with([](const Watches& now) { return now; });
        std::map<SourceKey, SourceStatus> all;
        for (const auto& [source, watch] : watches) all.emplace(source, watch->status());
        return all;
    }
    void forget(const SourceKey& source) {
        watches_.with([&](Watches& watches) { watches.erase(source); });
    }

private:
    using Watches = std::map<SourceKey, std::shared_ptr<SourceWatch>>;
    Guarded<Watches> watches_;
};

}  // namespace millrace::kafka
