#pragma once
// RecentRequests: the last requests of each source, in memory: what the sender sent and what became
// of it, so that people see what comes in and why something was refused. SourceTap: those of one
// source.
//
// What comes slowly is there whole. Of what comes fast there is a sample, so that full rate costs
// nothing: 32 at once, then 50 a second. What was not accepted has a sample and a place of its own,
// and nothing pushes it out but its like. So has what did not know the secret of the source, which
// anybody may send.
//
// Lifetime  a tap keeps what it has until it is dropped; RecentRequests must outlive its taps' use.
// Thread    any; wants() takes no lock, and only what is kept does.

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "core/base/guarded.h"
#include "core/base/time.h"
#include "core/model/source.h"
#include "core/pipeline/seen_request.h"

namespace millrace::pipeline {

class RecentRequests;

// Lets some through at once, and then so many a second.
class SampleGate {
public:
    bool passes(AgeTime now) {
        const auto next = next_.load(std::memory_order_relaxed);
        if (next > now.ms + kAheadMax) return false;
        next_.store(std::max(next, now.ms) + kEvery, std::memory_order_relaxed);
        return true;
    }

private:
    static constexpr std::int64_t kEvery = 20;  // ms
    static constexpr std::int64_t kAtOnce = 32;
    static constexpr std::int64_t kAheadMax = (kAtOnce - 1) * kEvery;

    std::atomic<std::int64_t> next_ = 0;
};

class SourceTap {
public:
    enum class Of { accepted, others, foreign };

    explicit SourceTap(RecentRequests& all) : all_(all) {}
    ~SourceTap() { clear(); }
    SourceTap(const SourceTap&) = delete;
    SourceTap& operator=(const SourceTap&) = delete;

    // Whether a request that comes now is to be kept; then it has to be.
    bool wants(Of of, AgeTime now) { return gates_[static_cast<std::size_t>(of)].passes(now); }
    void add(SeenRequest request);

    // Which requests to show.
    enum class Wanted { all, accepted, not_accepted };
    struct Found {
        std::vector<std::shared_ptr<const SeenRequest>> requests;  // newest first
        std::uint64_t newest = 0;  // the number of the newest of all, wanted or not; 0: none
    };
    Found newest(Wanted wanted, std::uint64_t after, std::size_t limit) const;

    // Who waits for news is told of the next that is kept.
    void watch() { is_watched_.store(true, std::memory_order_relaxed); }

    void clear();

private:
    friend class RecentRequests;
    using Ring = std::deque<std::shared_ptr<const SeenRequest>>;
    struct Kept {
        Ring accepted;
        Ring others;
        Ring foreign;
        std::uint64_t newest = 0;
        std::size_t bytes = 0;
    };

    std::size_t push(Ring& ring, std::size_t most, std::shared_ptr<const SeenRequest> request,
                     Kept& kept);

    RecentRequests& all_;
    SampleGate gates_[3];
    std::atomic<bool> is_watched_ = false;
    std::atomic<std::uint64_t> last_used_ = 0;  // the number of its newest
    Guarded<Kept> kept_;
};

class RecentRequests {
public:
    struct Limits {
        std::size_t of_source = 100;   // accepted ones, and as many others
        std::size_t foreign = 20;      // of a source
        std::size_t bytes = 64 << 20;  // of all sources
    };

    RecentRequests() : RecentRequests(Limits{}) {}
    explicit RecentRequests(Limits limits) : limits_(limits) {}
    RecentRequests(const RecentRequests&) = delete;
    RecentRequests& operator=(const RecentRequests&) = delete;

    // Before the first: numbers begin so that they are above those of an earlier process.
    void begin(WallTime now);
    // Called when something new is there for one that is watched.
    void on_news(std::function<void()> tell) { tell_ = std::move(tell); }

    // The tap of the source, which is made where there is none.
    std::shared_ptr<SourceTap> of(const SourceKey& source);
    // Null where there is none.
    std::shared_ptr<SourceTap> find(const SourceKey& source) const;
    // Forgets what there is of the source.
    void drop(const SourceKey& source);

    std::size_t bytes() const { return bytes_.load(std::memory_order_relaxed); }

private:
    friend class SourceTap;
    using Taps = std::map<SourceKey, std::shared_ptr<SourceTap>>;

    void make_room();

    const Limits limits_;
    std::function<void()> tell_ = [] {};
    std::atomic<std::uint64_t> last_number_ = 0;
    std::atomic<std::size_t> bytes_ = 0;
    Guarded<Taps> taps_;
};

}  // namespace millrace::pipeline
