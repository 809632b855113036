#include "core/pipeline/recent_requests.h"

#include <utility>

namespace millrace::pipeline {
namespace {

constexpr std::uint64_t kNumbersPerMs = 1000;  // no process gives more

bool is_wanted(const SeenRequest& request, SourceTap::Wanted wanted) {
    if (wanted == SourceTap::Wanted::all) return true;
    const auto end = end_of(request);
    if (wanted == SourceTap::Wanted::accepted) return end == SeenEnd::accepted;
    return end != SeenEnd::accepted && end != SeenEnd::duplicate;
}

}  // namespace

// Returns the bytes of what had to go.
std::size_t SourceTap::push(Ring& ring, std::size_t most,
                            std::shared_ptr<const SeenRequest> request, Kept& kept) {
    std::size_t gone = 0;
    while (ring.size() >= std::max<std::size_t>(most, 1)) {
        gone += ring.front()->bytes();
        ring.pop_front();
    }
    kept.newest = request->number;
    kept.bytes += request->bytes();
    kept.bytes -= gone;
    ring.push_back(std::move(request));
    return gone;
}

void SourceTap::add(SeenRequest request) {
    const auto& limits = all_.limits_;
    const auto end = end_of(request);
    const bool is_good = end == SeenEnd::accepted || end == SeenEnd::duplicate;
    const auto bytes = request.bytes();
    const auto gone = kept_.with([&](Kept& kept) {
        // Under the lock: they are in order in each ring.
        request.number = all_.last_number_.fetch_add(1, std::memory_order_relaxed) + 1;
        last_used_.store(request.number, std::memory_order_relaxed);
        auto& ring = request.is_foreign ? kept.foreign : is_good ? kept.accepted : kept.others;
        const auto most = request.is_foreign ? limits.foreign : limits.of_source;
        return push(ring, most, std::make_shared<const SeenRequest>(std::move(request)), kept);
    });
    const auto all = all_.bytes_.fetch_add(bytes - gone, std::memory_order_relaxed) + bytes - gone;
    if (all > limits.bytes) all_.make_room();
    if (is_watched_.exchange(false, std::memory_order_relaxed)) all_.tell_();
}

SourceTap::Found SourceTap::newest(Wanted wanted, std::uint64_t after, std::size_t limit) const {
    return kept_.with([&](const Kept& kept) {
        Found found;
        found.newest = kept.newest;
        // The newest of three rings, each of which is in order.
        auto a = kept.accepted.rbegin();
        auto b = kept.others.rbegin();
        auto c = kept.foreign.rbegin();
        const auto number_at = [](const auto& at, const Ring& ring) {
            return at == ring.rend() ? std::uint64_t{0} : (*at)->number;
        };
        while (found.requests.size() < limit) {
            const auto of_a = number_at(a, kept.accepted);
            const auto of_b = number_at(b, kept.others);
            const auto of_c = number_at(c, kept.foreign);
            const auto highest = std::max({of_a, of_b, of_c});
            if (highest <= after) break;  // 0 is where nothing is left
            const auto& request = highest == of_a ? *a++ : highest == of_b ? *b++ : *c++;
            if (is_wanted(*request, wanted)) found.requests.push_back(request);
        }
        return found;
    });
}

void SourceTap::clear() {
    Kept gone;
    kept_.with([&](Kept& kept) {
        const auto newest = kept.newest;
        std::swap(gone, kept);
        kept.newest = newest;
    });
    all_.bytes_.fetch_sub(gone.bytes, std::memory_order_relaxed);
}

void RecentRequests::begin(WallTime now) {
    const auto ms = static_cast<std::uint64_t>(std::max<std::int64_t>(now.unix_ms, 0));
    last_number_.store(ms * kNumbersPerMs, std::memory_order_relaxed);
}

std::shared_ptr<SourceTap> RecentRequests::of(const SourceKey& source) {
    return taps_.with([&](Taps& taps) {
        auto& tap = taps[source];
        if (tap == nullptr) tap = std::make_shared<SourceTap>(*this);
        return tap;
    });
}

std::shared_ptr<SourceTap> RecentRequests::find(const SourceKey& source) const {
    return taps_.with([&](const Taps& taps) -> std::shared_ptr<SourceTap> {
        const auto found = taps.find(source);
        return found == taps.end() ? nullptr : found->second;
    });
}

void RecentRequests::drop(const SourceKey& source) {
    const auto dropped = taps_.with([&](Taps& taps) -> std::shared_ptr<SourceTap> {
        const auto found = taps.find(source);
        if (found == taps.end()) return nullptr;
        auto tap = std::move(found->second);
        taps.erase(found);
        return tap;
    });
    if (dropped != nullptr) dropped->clear();
}

// The sources that nothing has come for the longest lose what they have.
void RecentRequests::make_room() {
    const auto taps = taps_.with([](const Taps& all) {
        std::vector<std::shared_ptr<SourceTap>> list;
        list.reserve(all.size());
        for (const auto& [_, tap] : all) list.push_back(tap);
        return list;
    });
    auto oldest_first = taps;
    std::ranges::sort(oldest_first, {}, [](const auto& tap) {
        return tap->last_used_.load(std::memory_order_relaxed);
    });
    for (const auto& tap : oldest_first) {
        if (bytes() <= limits_.bytes - limits_.bytes / 8) return;  // room for some more
        tap->clear();
    }
}

}  // namespace millrace::pipeline
