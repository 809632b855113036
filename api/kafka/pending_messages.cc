#include "api/kafka/pending_messages.h"

#include <algorithm>
#include <iterator>

namespace millrace::kafka {

void PendingMessages::take(const TopicBatch& batch, const Instant& at,
                           const SourceProgress& progress) {
    at_ = at;
    messages_ = batch.messages;
    events_.assign(batch.events.begin(), batch.events.end());
    const auto& partitions = progress.partitions;
    auto known = partitions.end();
    const auto is_new = [&](const FetchedMessage& message) {
        if (known == partitions.end() || known->first != message.partition) {
            known = partitions.find(message.partition);
        }
        return known != partitions.end() && message.offset >= known->second.next;
    };
    if (std::ranges::all_of(messages_, is_new)) return;
    sifted_.clear();
    std::ranges::copy_if(messages_, std::back_inserter(sifted_), is_new);
    messages_ = sifted_;
}

}  // namespace millrace::kafka
