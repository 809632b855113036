#pragma once
// KeptRejects: rejects that the store has of messages that may be read again, as no position in
// the journal covers them yet. Such a message stays a reject of that sink, whatever the mapping
// makes of it now: otherwise it would be a row, and another one when the reject is retried.
//
// A reject is known by the sink and `Reject::once`: "topic/partition/epoch/offset", and "/number"
// of a further record of the message.
//
// Thread  one.

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "api/kafka/source_progress.h"
#include "core/model/reject.h"

namespace millrace::kafka {

class KeptRejects {
public:
    bool is_empty() const { return known_.empty(); }
    void add(SinkNumber sink, const std::string& once) {
        if (!once.empty()) known_.emplace(once, sink);
    }
    bool has(SinkNumber sink, const std::string& once) const {
        return known_.contains({once, sink});
    }
    // Of any sink.
    bool has_any(const std::string& once) const {
        const auto found = known_.lower_bound({once, SinkNumber()});
        return found != known_.end() && found->first == once;
    }

    // Forgets those of messages of the topic that are behind us for good.
    void forget_covered(const std::string& topic, const SourceProgress& durable);

private:
    std::set<std::pair<std::string, SinkNumber>> known_;
};

}  // namespace millrace::kafka
