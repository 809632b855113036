#pragma once
// BatchMaker: messages -> the rows of all sinks of the source, the rejects of those that cannot be
// mapped, and how far the source is read with them. All of it is handed over together.
//
// A message is in the batch with all its records or not at all. Rows of one sink stay together, so
// that a frame has one group of each.
//
// Thread  one.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "api/kafka/covered_rows.h"
#include "api/kafka/kafka_settings.h"
#include "api/kafka/kept_rejects.h"
#include "api/kafka/message_decoder.h"
#include "api/kafka/record_filter.h"
#include "api/kafka/source_progress.h"
#include "core/base/result.h"
#include "core/mapping/json_check.h"
#include "core/pipeline/acceptor.h"
#include "core/pipeline/seen_request.h"
#include "core/pipeline/source_route.h"
#include "core/ports/evaluator.h"
#include "core/ports/journal.h"
#include "core/ports/rng.h"
#include "core/ports/topic_reader.h"

namespace millrace::kafka {

using Values = std::span<const Result<std::string>>;  // of templates

class BatchMaker {
public:
    struct Limits {
        std::uint64_t rows_bytes = 4 << 20;       // then the batch is full
        std::uint64_t rows_bytes_max = 32 << 20;  // that the journal takes at once
        std::uint64_t rejects_bytes = 4 << 20;    // then it is full too
        std::size_t rejects = 1000;
    };

    enum class Added {
        yes,
        busy,     // some template could not be evaluated now
        full,     // the batch ends in front of the message
        waiting,  // the message cannot be decoded now: waits_for()
    };

    // `rng` and `kept` must outlive it.
    BatchMaker(Rng& rng, const KeptRejects& kept, Limits limits)
        : limits_(limits), kept_(kept), acceptor_(rng), scratch_(mapping::make_scratch(rng)) {}

    // What messages are read with, besides the settings; it must outlive the batches.
    struct Means {
        MessageSchemas* schemas = nullptr;     // of MessageDecoder
        RecordFilter* filter = nullptr;        // null: no record is dropped
        RecordFilter* deletes = nullptr;       // those for which it is true delete their row
        const CoveredRows* covered = nullptr;  // rows that are in their table; null: none
    };

    // Maps by this route from now on, beginning with an empty batch behind `from`.
    void begin(std::shared_ptr<const pipeline::SourceRoute> route, const KafkaSettings& settings,
               const SourceProgress& from, const Means& means);

    // Whether each message with rejects is a batch of its own, so that nothing in front of it waits
    // for room for them.
    void set_careful(bool is_careful) { is_careful_ = is_careful; }

    // Another empty batch, behind the one before.
    void begin_next();

    // What general templates need of the message, for each of its records.
    // Errors  unavailable: it cannot be decoded now
    Result<void> collect(const FetchedMessage& message, const Instant& now, TemplateBatch& batch);

    // Maps the message. `values` are those of its records, of which it takes its own from the
    // front. Where it was not added nothing has changed.
    Added add(const FetchedMessage& message, const Instant& now, Values& values);

    // Says that offsets were passed over.
    void add_gap(const Gap& gap, std::uint64_t epoch);

    // Where a partition begins that was never read.
    void start(std::int32_t partition, std::int64_t offset, std::uint64_t epoch);

    // Says that there is no message before `offset` that was not added.
    void pass(std::int32_t partition, std::int64_t offset);

    // What became of a reject that could not be kept.
    void skip_reject(const RejectGroup::Item& item);

    bool is_empty() const { return after_ == before_; }
    bool is_full() const;
    std::span<const RejectGroup::Item> rejects() const { return rejects_; }
    const std::string& waits_for() const { return waits_for_; }
    const SourceProgress& after() const { return after_; }
    std::uint64_t messages() const { return messages_; }
    std::uint64_t undecodable() const { return undecodable_; }  // since it was made

    // The rows and positions of the batch; its lane and what hears of it are the caller's.
    RowBatch take_batch(const Fingerprint& scope);

    // Adds what became of the records to the counters of the sinks.
    void tally() const;

    // The messages of the batch that people may look at, which its source is to get when they are
    // durable.
    std::vector<pipeline::SeenRequest> take_seen();

private:
    struct Rows {
        std::string csv;
        std::uint32_t count = 0;
    };
    struct SinkCounts {
        std::uint64_t accepted = 0;
        std::uint64_t rejected = 0;
        std::uint64_t defaulted = 0;
    };

    Record record_of(const FetchedMessage& message, const Instant& now);
    Result<void> decode_key(const FetchedMessage& message);
    Result<void> begin_message(const FetchedMessage& message);
    Added add_content(const FetchedMessage& message, const Record& record, Values& values);
    Added undecoded(const Record& record, std::string_view content_type, const Error& error);
    Added add_records(const FetchedMessage& message, const Record& whole, Values& values);
    bool add_record(const Record& record, Values& values);
    void add_tombstone(const Record& record);
    bool map(const Record& record, bool deletes, Values values);
    void see_message(const Record& record);
    std::string once_of_record() const;
    void reject_all(const Record& record, const Error& error);
    void take_other_rows(const pipeline::Acceptance& acceptance, const std::string& once);
    void limit_rows(const Record& record);
    void settle();
    void drop_message();

    const Limits limits_;
    const KeptRejects& kept_;
    pipeline::Acceptor acceptor_;
    std::unique_ptr<mapping::Scratch, void (*)(mapping::Scratch*)> scratch_;
    std::shared_ptr<const pipeline::SourceRoute> route_;
    std::string topic_;
    OnNull on_null_ = OnNull::skip;
    std::optional<MessageDecoder> decoder_;
    RecordFilter* filter_ = nullptr;
    RecordFilter* deletes_ = nullptr;
    const CoveredRows* covered_ = nullptr;
    mapping::JsonCheck key_check_;
    std::string waits_for_;
    std::vector<RequestHeader> headers_;  // of the message
    TopicMessage message_;                // what columns see of it besides

    bool is_careful_ = false;
    bool is_ended_ = false;  // what comes next is for another batch

    SourceProgress before_;
    SourceProgress after_;
    std::optional<Instant> began_at_;
    std::vector<Rows> rows_;  // of each sink of the route
    std::uint64_t rows_bytes_ = 0;
    std::vector<RejectGroup::Item> rejects_;
    std::uint64_t rejects_bytes_ = 0;
    std::uint64_t messages_ = 0;
    std::vector<SinkCounts> counts_;
    std::uint64_t undecodable_ = 0;
    struct Seen {
        std::string once;  // of its first record
        pipeline::SeenRequest request;
    };
    std::vector<Seen> seen_;

    // Of the message that is being mapped.
    RowBatch message_rows_;
    RowBatch record_rows_;  // of one of its records, if not all of them are wanted
    std::vector<RejectGroup::Item> message_rejects_;
    std::vector<SinkCounts> message_counts_;
    std::uint64_t record_number_ = 0;
    std::uint64_t message_filtered_ = 0;
};

}  // namespace millrace::kafka
