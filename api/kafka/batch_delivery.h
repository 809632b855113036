#pragma once
// BatchDelivery: brings one batch after the other to the journal: rejects to their store first,
// then rows and positions in one frame. While one is with the journal the next is being made.
//
//     filling -> keeping, if it has rejects -> ready -> with the journal -> durable
//
// Rejects are kept when nothing is in front of their batch any more, all of them or none: where the
// store has no room for all, each message with rejects becomes a batch of its own, and only that
// one waits. Where the journal refuses a batch for now, it is handed over again as it is. What
// cannot be known to be written is read again.
//
// Lifetime  what its ports name outlives it; the inbox gets the answers.
// Thread    that of the source.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/kafka/batch_maker.h"
#include "api/kafka/kafka_settings.h"
#include "api/kafka/reader_inbox.h"
#include "api/kafka/reader_pace.h"
#include "api/kafka/reject_keeper.h"
#include "api/kafka/source_progress.h"
#include "api/kafka/status_board.h"
#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/pipeline/recent_requests.h"
#include "core/pipeline/source_route.h"
#include "core/ports/clock.h"
#include "core/ports/journal.h"

namespace millrace::kafka {

class BatchDelivery {
public:
    struct Ports {
        Journal& journal;
        Clock& clock;
        const ReaderPace& pace;
        const SourceId& source;
        // In force, whatever they become. There is a route while there is a batch.
        const KafkaSettings& settings;
        const std::shared_ptr<const pipeline::SourceRoute>& route;
        std::shared_ptr<ReaderInbox> inbox;
        BatchMaker& maker;
        RejectKeeper& rejects;
        StatusBoard& board;
        // Empty: always. An error is stream.in.diskFull and such.
        std::function<Result<void>()> accepting;
        // The same of one source.
        std::function<Result<void>(const SourceId&)> accepting_of = nullptr;
        // What is not with the journal must be read again; it calls drop().
        std::function<void()> rewind;
    };

    explicit BatchDelivery(Ports ports) : ports_(std::move(ports)) {}

    // Whether the batch takes more messages.
    bool is_filling() const { return stage_ == Stage::filling; }
    // Takes the batch a step on. Returns how long it waits if it cannot go on.
    Milliseconds advance();
    // Gives up the batch that is not with the journal.
    void drop();

    // The answers of journal and store.
    void end_batch(const Result<void>& outcome);
    void end_rejects(const ReaderInbox::RejectNews& news);
    // Whether one is waited for: it decides what is read again, and as what.
    bool has_open_answer() const { return in_flight_.has_value() || ports_.rejects.is_asking(); }

    // How far rows are durable.
    const SourceProgress& durable() const { return durable_; }
    void set_durable(SourceProgress durable) { durable_ = std::move(durable); }

    // Something is waited for, with a batch or with what comes behind it.
    void wait_a_while();
    bool is_waiting() const { return ports_.clock.steady() < retry_at_; }
    // Whether it is waited for with a batch, so that little is read meanwhile.
    bool is_held_up() const { return is_held_up_ || stage_ == Stage::keeping; }

private:
    enum class Stage {
        filling,
        keeping,  // the store has some of its rejects
        ready,    // for the journal
    };
    struct InFlight {
        SourceProgress after;
        std::shared_ptr<pipeline::SourceTap> tap;  // null: nobody looks
        std::vector<pipeline::SeenRequest> seen;
    };

    Result<void> is_accepting() const;
    Milliseconds keep_rejects();
    void make_room();
    void wait_for_room(const RejectGroup::Item& item);
    void hold_up(std::string reason);
    RowBatch& ready_batch();
    Milliseconds hand_over();

    const Ports ports_;
    SourceProgress durable_;
    Stage stage_ = Stage::filling;
    std::optional<InFlight> in_flight_;
    SteadyTime retry_at_{};
    bool is_held_up_ = false;      // something is waited for with a batch
    std::size_t careful_for_ = 0;  // so many batches with rejects: the store is nearly full
    std::optional<RowBatch> ready_batch_;
};

}  // namespace millrace::kafka
