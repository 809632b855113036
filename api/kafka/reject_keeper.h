#pragma once
// RejectKeeper: brings the rejects of one batch after the other to the store, all of a batch at
// once, or one by one where it has no room for all; and knows which of them the store has.
//
// Lifetime  the inbox gets the answers.
// Thread    that of the source.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "api/kafka/kept_rejects.h"
#include "api/kafka/reader_inbox.h"
#include "api/kafka/source_progress.h"
#include "core/base/result.h"
#include "core/pipeline/reject_queue.h"
#include "core/pipeline/source_route.h"
#include "core/ports/reject_store.h"

namespace millrace::kafka {

class RejectKeeper {
public:
    using Items = std::span<const RejectGroup::Item>;
    using RejectsOf =
        std::function<Result<std::vector<Reject>>(SinkNumber, const RejectPageRequest&)>;

    RejectKeeper(pipeline::RejectQueue& queue, RejectsOf rejects_of,
                 std::shared_ptr<ReaderInbox> inbox)
        : queue_(queue), rejects_of_(std::move(rejects_of)), inbox_(std::move(inbox)) {}

    // Of messages that may be read again.
    const KeptRejects& known() const { return known_; }

    // Learns what the store has of the sinks: the process died, or the store did not say whether it
    // has them.
    // Errors  those of the store
    Result<void> load(const pipeline::SourceRoute& route, const std::string& topic,
                      const SourceProgress& durable);
    // What is durable is not read again.
    void forget_covered(const std::string& topic, const SourceProgress& durable);

    void begin_batch();
    // The answer to the last question is of a batch that is no more.
    void drop_batch() { ++question_; }

    bool is_asking() const { return is_asking_; }
    // Asks the store for those of the batch that it does not have, or the first of them alone.
    void ask(Items batch);
    void go_one_by_one() { one_by_one_ = true; }
    bool is_one_by_one() const { return one_by_one_; }
    // The first that the store does not have.
    const RejectGroup::Item& next(Items batch) const { return batch[kept_]; }
    // It will not have it.
    void pass_next() { ++kept_; }
    bool has_all(Items batch) const { return kept_ == batch.size(); }

    // Whether all of them are within what each sink may keep, if it had no others.
    static bool fits_alone(Items batch);

    // The answer to a question; `asked` is how many it was for.
    struct Answer {
        bool is_of_batch = false;
        pipeline::RejectOutcome outcome = pipeline::RejectOutcome::failed;
        std::size_t asked = 0;
    };
    Answer take(const ReaderInbox::RejectNews& news);

private:
    pipeline::RejectQueue& queue_;
    const RejectsOf rejects_of_;
    const std::shared_ptr<ReaderInbox> inbox_;
    KeptRejects known_;
    std::set<SinkNumber> listed_;  // known_ has what the store had of them
    std::size_t kept_ = 0;         // of the batch
    std::vector<std::pair<SinkNumber, std::string>> asked_;
    std::uint64_t question_ = 0;
    bool is_asking_ = false;
    bool one_by_one_ = false;
};

}  // namespace millrace::kafka
