#include "core/pipeline/reject_queue.h"

#include <utility>

#include "core/base/error_names.h"

namespace millrace::pipeline {

Error rejects_unavailable() {
    return Error(Code::overloaded, "The record could not be kept as a reject, please retry later.")
        .named(error_names::kInRejectsUnavailable);
}

void RejectQueue::submit(RejectGroup group, Done done) {
    std::uint64_t bytes = 0;
    for (const auto& item : group.items) bytes += item.reject.bytes();
    const bool is_full = waiting_.with([&](Waiting& waiting) {
        return !waiting.groups.empty() && waiting.bytes + bytes > options_.waiting_bytes_max;
    });
    if (is_full) {
        count(group, RejectOutcome::failed);
        executor_.post([done = std::move(done)] { done(RejectOutcome::failed); });
        return;
    }
    const bool post = waiting_.with([&](Waiting& waiting) {
        waiting.groups.push_back(std::move(group));
        waiting.done.push_back(std::move(done));
        waiting.bytes += bytes;
        return !std::exchange(waiting.is_posted, true);
    });
    if (post) executor_.post([this] { write(); });
}

void RejectQueue::write() {
    const auto waiting = waiting_.with([](Waiting& all) { return std::exchange(all, {}); });
    const auto kept = store_.keep(waiting.groups);
    if (!kept.ok() && options_.failed) options_.failed(kept.error());
    for (std::size_t i = 0; i < waiting.done.size(); ++i) {
        auto outcome = RejectOutcome::failed;
        if (kept.ok()) outcome = kept.value()[i] ? RejectOutcome::kept : RejectOutcome::full;
        count(waiting.groups[i], outcome);
        waiting.done[i](outcome);
    }
}

void RejectQueue::count(const RejectGroup& group, RejectOutcome outcome) {
    (outcome == RejectOutcome::kept ? kept_ : not_kept_) += group.items.size();
}

}  // namespace millrace::pipeline
