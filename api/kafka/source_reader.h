#pragma once
// SourceReader: reads one Kafka source on a thread of its own: messages -> a batch -> the journal.
//
//     read -> BatchMaker -> BatchDelivery: rejects kept, rows and positions in one frame -> durable
//
// One batch is with the journal, the next is being made meanwhile. Where it cannot be known whether
// one was written, or the route changes, what is not with the journal is dropped and read again
// from the positions that the journal has: `rewind`. So no row is lost or doubled, whatever happens
// in between. A message whose reject was kept stays a reject when it is read again: KeptRejects.
//
// Positions are only read from the journal, and nothing is read while it cannot tell them.
//
// Lifetime  the ports outlive it; callbacks may come after it.
// Thread    set_route() and stop() any; the rest is its own.

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "api/kafka/batch_delivery.h"
#include "api/kafka/batch_maker.h"
#include "api/kafka/kafka_settings.h"
#include "api/kafka/message_schemas.h"
#include "api/kafka/message_values.h"
#include "api/kafka/pending_messages.h"
#include "api/kafka/reader_inbox.h"
#include "api/kafka/reader_pace.h"
#include "api/kafka/record_filter.h"
#include "api/kafka/reject_keeper.h"
#include "api/kafka/source_watch.h"
#include "api/kafka/status_board.h"
#include "api/kafka/topic_places.h"
#include "core/base/result.h"
#include "core/pipeline/reject_queue.h"
#include "core/pipeline/source_route.h"
#include "core/ports/clock.h"
#include "core/ports/evaluator.h"
#include "core/ports/journal.h"
#include "core/ports/reject_store.h"
#include "core/ports/rng.h"
#include "core/ports/row_expressions.h"
#include "core/ports/schema_registry.h"
#include "core/ports/topic_reader.h"

namespace millrace::kafka {

// How far rows of a sink are known to be in its table, or on their way there.
using CoveredOf =
    std::function<Result<std::vector<SourcePosition>>(const Fingerprint& source, SinkVersion sink)>;

struct ReaderPorts {
    Journal& journal;
    Clock& clock;
    pipeline::RejectQueue& rejects;
    // What the store has of a sink; as RejectStore::rejects_of().
    std::function<Result<std::vector<Reject>>(SinkNumber, const RejectPageRequest&)> rejects_of;
    Evaluator& evaluator;
    TopicReaders& topics;
    SchemaRegistries& registries;
    ExpressionCompiler& expressions;
    // Empty: always. An error is stream.in.diskFull and such.
    std::function<Result<void>()> accepting;
    // The same of one source.
    std::function<Result<void>(const SourceId&)> accepting_of = nullptr;
    // Of an installation that was restored from a backup; else empty. May wait for a database.
    CoveredOf covered_of = nullptr;
    // Up to where files of a sink reach that this installation has closed; empty: nobody knows.
    CoveredOf closed_up_to = nullptr;
    std::function<std::unique_ptr<Rng>()> make_rng;
    // A source cannot be read as it should; for the log. From its thread.
    std::function<void(const SourceKey&, const SourceStatus&)> state_changed = nullptr;
    std::function<void(const SourceKey&, const Gap&)> gap_found = nullptr;
    ReaderPace pace = {};
};

class SourceReader {
public:
    SourceReader(const ReaderPorts& ports, SourceKey key, std::shared_ptr<SourceWatch> watch);
    ~SourceReader();
    SourceReader(const SourceReader&) = delete;
    SourceReader& operator=(const SourceReader&) = delete;

    // `served` is called when nothing is mapped by the route before any more. Null ends the thread,
    // when the journal has answered. False, and nothing was taken: it has ended.
    bool set_route(const std::shared_ptr<const pipeline::SourceRoute>& route,
                   const std::function<void()>& served);

    // Shows what the journal has of the source, which the thread knows only later. Before start().
    void show(const pipeline::SourceRoute& route);

    void start();
    void begin_stop() { inbox_->stop(); }
    void stop();                                          // what is with the journal goes on there
    bool has_ended() const { return has_ended_.load(); }  // by a route that is null

private:
    void run();
    void take_news();
    void adopt(std::shared_ptr<const pipeline::SourceRoute> route);
    void answer();

    Milliseconds step();
    Result<void> prepare();
    Result<void> noted(Result<void> outcome);
    Result<void> open();
    Result<void> load_progress();
    Result<void> load_covered();
    Result<void> refuse_lost_place() const;
    Result<std::unique_ptr<RecordFilter>> make_filter(const DropRule& rule);
    Result<void> assign();
    Result<void> refresh();

    void read();
    void map_pending();
    void wait_for(std::string reason);
    void handle_events();
    void handle(const TopicEvent& event);
    void drop_pending();

    void rewind();
    void close();

    void say(SourceState state, std::string reason = {});
    void publish();
    bool is_reading_held_up() const;
    bool is_wanted() const;

    const ReaderPorts ports_;
    const ReaderPace pace_;
    const SourceKey key_;
    StatusBoard board_;
    const std::shared_ptr<ReaderInbox> inbox_ = std::make_shared<ReaderInbox>();
    const std::unique_ptr<Rng> rng_;

    std::shared_ptr<const pipeline::SourceRoute> route_;
    KafkaSettings settings_;
    std::optional<std::string> failure_;  // only another route helps
    // Of no route before this one anything is mapped; who waits for that.
    std::vector<std::function<void()>> served_;
    SteadyTime answer_at_{};
    bool is_over_ = false;  // there is no source any more
    bool is_stopped_ = false;

    std::optional<MessageSchemas> schemas_;
    std::unique_ptr<RecordFilter> filter_;   // null: no record is dropped
    std::unique_ptr<RecordFilter> deletes_;  // null: no record deletes
    bool knows_progress_ = false;
    std::uint32_t generation_ = 0;  // in force

    CoveredRows covered_;
    RejectKeeper rejects_;
    BatchMaker maker_;
    TopicPlaces places_;
    BatchDelivery delivery_;
    PendingMessages pending_;
    MessageValues values_;             // of general templates, of the first of pending_
    bool is_mapping_held_up_ = false;  // the first of pending_ waits for something

    std::atomic<bool> has_ended_ = false;
    std::thread thread_;  // last: it uses the others
};

}  // namespace millrace::kafka
