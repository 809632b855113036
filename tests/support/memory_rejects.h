#pragma once
// MemoryRejects: a reject store in memory, with the bounds of the real one; it fails when told to.

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "core/ports/reject_store.h"

namespace millrace::testing_support {

class MemoryRejects final : public RejectStore {
public:
    Result<std::vector<bool>> keep(std::span<const RejectGroup> groups) override {
        if (failure) return *failure;
        transactions.push_back(groups.size());
        std::vector<bool> all_kept;
        for (const auto& group : groups) all_kept.push_back(keep(group));
        return all_kept;
    }
    Result<std::vector<Reject>> rejects_of(SinkNumber sink,
                                           const RejectPageRequest& page) override {
        std::vector<Reject> found;
        std::uint64_t bytes = 0;
        for (const auto& [number, reject] : rejects) {
            if (reject.sink != sink || number <= page.after) continue;
            if (found.size() == page.limit || bytes > page.bytes) break;
            found.push_back(reject);
            bytes += reject.bytes();
        }
        return found;
    }
    Result<RejectTotals> reject_totals(SinkNumber sink) override { return totals(sink); }
    Result<std::map<SinkNumber, RejectTotals>> all_reject_totals() override {
        std::map<SinkNumber, RejectTotals> all;
        for (const auto& sink : sinks_) all.emplace(sink, totals(sink));
        for (const auto& [_, reject] : rejects) all.emplace(reject.sink, totals(reject.sink));
        return all;
    }
    Result<std::uint64_t> delete_expired_rejects(AgeTime now, std::uint32_t limit) override {
        std::multimap<AgeTime, std::uint64_t> expired;
        for (const auto& [number, reject] : rejects) {
            if (reject.expires_at <= now) expired.emplace(reject.expires_at, number);
        }
        std::uint64_t deleted = 0;
        for (const auto& [expires_at, number] : expired) {
            if (deleted < limit) deleted += rejects.erase(number);
        }
        return deleted;
    }
    Result<void> delete_rejects(SinkNumber sink) override {
        std::erase_if(rejects, [&](const auto& entry) { return entry.second.sink == sink; });
        return {};
    }
    Result<void> announce_slice(const LocalSlice& slice) override {
        announced.push_back(slice);
        return {};
    }
    Result<void> adopt_slice(const OpenSlice& slice,
                             const std::vector<std::uint64_t>& numbers) override {
        if (failure) return *failure;
        const auto is_it = [&](const OpenSlice& one) {
            return one.opening.slice == slice.opening.slice;
        };
        if (std::ranges::none_of(adopted, is_it)) adopted.push_back(slice);
        for (const auto number : numbers) rejects.erase(number);
        return forget_announced(slice.opening.slice);
    }
    Result<std::vector<LocalSlice>> announced_slices() override { return announced; }
    Result<void> forget_announced(SliceId slice) override {
        std::erase_if(announced, [&](const auto& local) { return local.slice == slice; });
        return {};
    }

    std::optional<Error> failure;
    std::vector<std::size_t> transactions;  // the groups of each keep()
    std::map<std::uint64_t, Reject> rejects;
    std::vector<LocalSlice> announced;
    std::vector<OpenSlice> adopted;

private:
    RejectTotals totals(SinkNumber sink) const {
        RejectTotals sum;
        for (const auto& [number, reject] : rejects) {
            if (reject.sink != sink) continue;
            ++sum.count;
            sum.bytes += reject.bytes();
        }
        return sum;
    }
    bool keep(const RejectGroup& group) {
        const auto before = rejects;
        const auto sinks_before = sinks_;
        for (const auto& [reject, bounds] : group.items) {
            const auto is_it = [&once = reject.once, sink = reject.sink](const auto& known) {
                return !once.empty() && known.second.sink == sink && known.second.once == once;
            };
            if (std::ranges::any_of(rejects, is_it)) continue;
            auto kept = reject;
            kept.number = ++last_number_;
            rejects.emplace(kept.number, kept);
            sinks_.insert(kept.sink);
            const auto sum = totals(reject.sink);
            if (sum.count <= bounds.count && sum.bytes <= bounds.bytes) continue;
            rejects = before;
            sinks_ = sinks_before;
            return false;
        }
        return true;
    }

    std::uint64_t last_number_ = 0;
    std::set<SinkNumber> sinks_;  // that ever had a reject
};

}  // namespace millrace::testing_support
