#pragma once
// IdempotencyWindow: the keys of the requests of all sources, with what the first of each was
// answered.
//
//   (unknown) -> in flight -> remembered -> (unknown)     begin(), Claim::remember(), time or room
//                    |
//                    +-> (unknown)                        the Claim ended without an answer
//
// A remembered key is forgotten when it expires; before that, when its source has too many or all
// sources together more bytes than the budget: then the window is shorter than its setting says,
// and totals() counts it. Over the budget the source that holds most forgets, its oldest key first,
// so that a flood of keys takes nothing from a source that holds less.
//
// Lifetime  claims must not outlive it.
// Thread    any; sources are spread over shards, each with a mutex of its own.
// Durable   nothing here: the journal keeps the answers, and restore() brings them back.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/base/time.h"
#include "core/model/remembered_answer.h"

namespace millrace::pipeline {

class IdempotencyWindow {
public:
    explicit IdempotencyWindow(std::uint64_t memory_bytes_max);
    ~IdempotencyWindow();
    IdempotencyWindow(const IdempotencyWindow&) = delete;
    IdempotencyWindow& operator=(const IdempotencyWindow&) = delete;

    // A key in flight. It is free again when the claim ends, unless its answer is remembered.
    class Claim {
    public:
        Claim(Claim&& other) noexcept;
        Claim& operator=(Claim&& other) noexcept;
        ~Claim();

        const RequestKey& request() const { return request_; }

        // The rows of the request are in the journal, with this answer. `keys_max`: of its source.
        void remember(const RememberedAnswer& answer, std::uint64_t keys_max);

    private:
        friend class IdempotencyWindow;
        Claim(IdempotencyWindow& window, const RequestKey& request)
            : window_(&window), request_(request) {}

        IdempotencyWindow* window_;  // null once it is over
        RequestKey request_;
    };

    struct InFlight {};      // the first request with the key has no answer yet
    struct OtherRequest {};  // the key was used for another request
    // The claim of the first request with the key, or what is remembered of its outcome.
    using Verdict = std::variant<Claim, std::string, InFlight, OtherRequest>;
    Verdict begin(const RequestKey& request, AgeTime now);

    // Takes what the journals have kept, one after the other, each oldest first; of one key the
    // newest answer counts.
    void restore(const RememberedAnswer& answer);

    // Up to `limit` remembered answers of the source, oldest first: those behind the key `after`,
    // or from the first on if that is forgotten or nothing.
    std::vector<RememberedAnswer> answers_of(const Fingerprint& source,
                                             const std::optional<Fingerprint>& after,
                                             std::size_t limit);

    // Gives room back that keys take whose time is over; begin() takes no notice of them anyway.
    void forget_expired(AgeTime now);

    struct Totals {
        std::uint64_t keys = 0;                // remembered now
        std::uint64_t bytes = 0;               // of memory, with those in flight
        std::uint64_t shortened_by_count = 0;  // keys forgotten before their time
        std::uint64_t shortened_by_memory = 0;
    };
    Totals totals() const;

private:
    struct SharedAnswer;
    struct Entry;
    struct Source;
    struct Shard;

    Shard& shard_of(const Fingerprint& source);
    void remember(const RememberedAnswer& answer, std::uint64_t keys_max);
    void release(const RequestKey& request);
    void make_room(AgeTime now);
    // Under the mutex of the shard:
    Entry& add(Shard& shard, const RequestKey& request);
    void give_answer(Shard& shard, Entry& entry, const RememberedAnswer& answer);
    void count(Shard& shard, Source& source, std::int64_t bytes);
    void forget(Shard& shard, Entry& entry);

    const std::uint64_t memory_bytes_max_;
    std::vector<std::unique_ptr<Shard>> shards_;
    std::atomic<std::uint64_t> bytes_{0};
    std::atomic<std::uint64_t> keys_{0};
    std::atomic<std::uint64_t> shortened_by_count_{0};
    std::atomic<std::uint64_t> shortened_by_memory_{0};
};

}  // namespace millrace::pipeline
