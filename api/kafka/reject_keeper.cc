#include "api/kafka/reject_keeper.h"

#include <algorithm>
#include <map>

namespace millrace::kafka {
namespace {

constexpr std::uint32_t kAtOnce = 1'000;

}  // namespace

Result<void> RejectKeeper::load(const pipeline::SourceRoute& route, const std::string& topic,
                                const SourceProgress& durable) {
    for (const auto& sink : route.sinks) {
        const auto number = sink.version.sink;
        if (listed_.contains(number)) continue;
        RejectPageRequest page{.limit = kAtOnce};
        while (true) {
            TRY_ASSIGN(const auto rejects, rejects_of_(number, page));
            for (const auto& reject : rejects) known_.add(number, reject.once);
            if (rejects.empty()) break;
            page.after = rejects.back().number;
        }
        known_.forget_covered(topic, durable);  // most of them
        listed_.insert(number);
    }
    known_.forget_covered(topic, durable);
    return {};
}

void RejectKeeper::forget_covered(const std::string& topic, const SourceProgress& durable) {
    if (!known_.is_empty()) known_.forget_covered(topic, durable);
}

void RejectKeeper::begin_batch() {
    kept_ = 0;
    one_by_one_ = false;
}

void RejectKeeper::ask(Items batch) {
    const auto left = batch.subspan(kept_);
    const auto asked = one_by_one_ ? left.first(1) : left;
    RejectGroup group;
    group.items.assign(asked.begin(), asked.end());
    asked_.clear();
    for (const auto& [reject, _] : asked) asked_.emplace_back(reject.sink, reject.once);
    is_asking_ = true;
    const auto number = ++question_;
    queue_.submit(std::move(group), [inbox = inbox_, number](auto outcome) {
        inbox->put_rejects({.number = number, .outcome = outcome});
    });
}

bool RejectKeeper::fits_alone(Items batch) {
    std::map<SinkNumber, RejectTotals> totals;
    return std::ranges::all_of(batch, [&](const RejectGroup::Item& item) {
        auto& total = totals[item.reject.sink];
        total.bytes += item.reject.bytes();
        return ++total.count <= item.bounds.count && total.bytes <= item.bounds.bytes;
    });
}

RejectKeeper::Answer RejectKeeper::take(const ReaderInbox::RejectNews& news) {
    is_asking_ = false;
    const auto asked = std::exchange(asked_, {});
    const Answer answer{
        .is_of_batch = news.number == question_, .outcome = news.outcome, .asked = asked.size()};
    if (news.outcome == pipeline::RejectOutcome::failed) listed_.clear();  // it may have them
    if (news.outcome != pipeline::RejectOutcome::kept) return answer;
    for (const auto& [sink, once] : asked) known_.add(sink, once);
    if (answer.is_of_batch) kept_ += asked.size();
    return answer;
}

}  // namespace millrace::kafka
