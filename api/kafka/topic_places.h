#pragma once
// TopicPlaces: the topic of a source as it is read now: the connection, the partitions that are
// assigned, and where each of them begins or goes on.
//
// A partition that was never read begins as the settings say; one that was added to others, or is
// of a topic that was made after it had been looked for, at the earliest. Where the log has not, or
// no more, what is to be read next, reading goes on as the settings say, and a gap is noted.
//
// Lifetime  what its ports name outlives it.
// Thread    that of the source.
// Errors    conflict: only other settings help. All others: not now.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "api/kafka/batch_maker.h"
#include "api/kafka/kafka_settings.h"
#include "api/kafka/reader_inbox.h"
#include "api/kafka/reader_pace.h"
#include "api/kafka/source_progress.h"
#include "api/kafka/status_board.h"
#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/ports/clock.h"
#include "core/ports/topic_reader.h"

namespace millrace::kafka {

// Whether another connection is needed, to brokers or to a registry.
bool needs_other_connection(const KafkaSettings& before, const KafkaSettings& after);

class TopicPlaces {
public:
    struct Ports {
        Clock& clock;
        const ReaderPace& pace;
        const KafkaSettings& settings;  // in force, whatever they become
        ReaderInbox& inbox;
        StatusBoard& board;
        BatchMaker& maker;  // has the progress, and hears of starts and gaps
        std::function<void(const Gap&)> gap_found;
    };

    explicit TopicPlaces(Ports ports) : ports_(std::move(ports)) {}

    // Does not wait for a broker.
    Result<void> open(TopicReaders& topics, const SourceId& source);
    void close();
    bool is_open() const { return topic_ != nullptr; }
    TopicReader& topic() { return *topic_; }
    // Null: it is not open.
    const TopicReader* reader() const { return topic_.get(); }

    // Reads all partitions from where the progress is, in the generation that is in force.
    Result<void> assign(std::uint32_t generation);
    bool is_assigned() const { return is_assigned_; }
    void forget_assignment() { is_assigned_ = false; }

    // Whether it is time to ask for partitions that were added, and whether somebody answers.
    bool is_due() const { return ports_.clock.steady() >= refresh_at_; }
    // It is soon.
    void ask_soon();
    // Whether the topic still has the partitions that are assigned.
    Result<bool> has_same_partitions();

    // Whether there was no such topic when this generation was to begin.
    bool had_no_topic() const;

    // The log has not, or no more, what is to be read next of the partition. It is not read on
    // before assign() in any case.
    Result<void> go_on_in_range(std::int32_t partition);

    // Tells the group how far rows are durable, now and then.
    void commit(const SourceProgress& durable);
    // Tells the board where the logs end, while nothing is fetched of them.
    void ask_for_ends();

private:
    Result<void> start_partitions(std::uint32_t generation);
    Result<std::int64_t> start_of(std::int32_t partition, bool is_first);

    const Ports ports_;
    std::unique_ptr<TopicReader> topic_;
    std::vector<std::int32_t> assigned_;
    bool is_assigned_ = false;
    std::optional<std::pair<std::string, std::uint32_t>> no_topic_;  // and its generation
    SteadyTime refresh_at_{};
    SteadyTime commit_at_{};
};

}  // namespace millrace::kafka
