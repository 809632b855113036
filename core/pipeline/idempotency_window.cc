#include "core/pipeline/idempotency_window.h"

#include <algorithm>
#include <boost/intrusive/list.hpp>
#include <boost/intrusive/set.hpp>
#include <list>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "core/base/check.h"

namespace millrace::pipeline {
namespace {

constexpr std::size_t kShards = 16;
constexpr std::size_t kExpiredAtOnce = 4;  // forgotten by each remember()
constexpr std::uint64_t kEntryBytes =
    128;  // an Entry, its place in the table and the allocator's part
constexpr std::uint64_t kAnswerBytes = 128;  // beside its bytes

using Hook = boost::intrusive::list_member_hook<>;

}  // namespace

// The outcome of a request, shared by the neighbours of a source that were answered the same:
// mostly all of them.
struct IdempotencyWindow::SharedAnswer {
    std::string outcome;
    std::uint64_t users = 0;

    std::uint64_t bytes() const { return kAnswerBytes + outcome.size(); }
};

struct IdempotencyWindow::Entry {
    Fingerprint request;
    Source* source = nullptr;
    AgeTime arrived_at;
    AgeTime expires_at;
    const Fingerprint* key = nullptr;          // in the table
    std::list<SharedAnswer>::iterator answer;  // valid if is_remembered()
    Hook in_source;

    bool is_remembered() const { return in_source.is_linked(); }
    bool is_over(AgeTime now) const { return is_remembered() && expires_at <= now; }
};

struct IdempotencyWindow::Source {
    using Entries =
        boost::intrusive::list<Entry,
                               boost::intrusive::member_hook<Entry, Hook, &Entry::in_source>>;

    // Puts the entry where its time is among those of other journals, which came before it. Entries
    // of one journal come nearly in order (its loops read the clock on their own), so each is
    // looked for around the one before.
    void merge(Entry& entry) {
        const auto is_older = [&](const Entry& other) {
            return other.arrived_at <= entry.arrived_at;
        };
        auto place = last_merged == nullptr ? remembered.begin()
                                            : std::next(remembered.iterator_to(*last_merged));
        while (place != remembered.begin() && !is_older(*std::prev(place))) --place;
        while (place != remembered.end() && is_older(*place)) ++place;
        remembered.insert(place, entry);
        last_merged = &entry;
    }

    Entries remembered;  // oldest first
    std::list<SharedAnswer> answers;
    std::uint64_t entries = 0;     // with those in flight
    std::uint64_t bytes = 0;       // of those remembered
    Entry* last_merged = nullptr;  // by merge(), if it is still there
    boost::intrusive::set_member_hook<> in_sizes;
};

struct IdempotencyWindow::Shard {
    struct BySize {
        bool operator()(const Source& a, const Source& b) const { return a.bytes < b.bytes; }
    };
    using Sizes = boost::intrusive::multiset<
        Source, boost::intrusive::compare<BySize>,
        boost::intrusive::member_hook<Source, boost::intrusive::set_member_hook<>,
                                      &Source::in_sizes>>;

    ~Shard() {
        sizes.clear();
        for (auto& [scope, source] : sources) source.remembered.clear();
    }

    std::mutex mutex;
    std::unordered_map<Fingerprint, Entry> entries;  // by key
    std::unordered_map<Fingerprint, Source> sources;
    Sizes sizes;                            // sources with remembered keys, by their bytes
    std::atomic<std::uint64_t> largest{0};  // bytes of the last of them; written under the mutex

    // The source has more or fewer bytes now.
    void sort_in(Source& source) {
        if (source.in_sizes.is_linked()) {
            const auto place = sizes.iterator_to(source);
            const auto next = std::next(place);
            const bool is_too_low = next != sizes.end() && next->bytes < source.bytes;
            const bool is_too_high =
                place != sizes.begin() && std::prev(place)->bytes > source.bytes;
            if (is_too_low || is_too_high || source.bytes == 0) sizes.erase(place);
        }
        if (!source.in_sizes.is_linked() && source.bytes > 0) sizes.insert(source);
        largest.store(sizes.empty() ? 0 : sizes.rbegin()->bytes, std::memory_order_relaxed);
    }
};

IdempotencyWindow::Claim::Claim(Claim&& other) noexcept
    : window_(std::exchange(other.window_, nullptr)), request_(other.request_) {}

IdempotencyWindow::Claim& IdempotencyWindow::Claim::operator=(Claim&& other) noexcept {
    std::swap(window_, other.window_);
    std::swap(request_, other.request_);
    return *this;
}

IdempotencyWindow::Claim::~Claim() {
    if (window_ != nullptr) window_->release(request_);
}

void IdempotencyWindow::Claim::remember(const RememberedAnswer& answer, std::uint64_t keys_max) {
    check(window_ != nullptr && answer.request == request_, "the answer of another request");
    std::exchange(window_, nullptr)->remember(answer, keys_max);
}

IdempotencyWindow::IdempotencyWindow(std::uint64_t memory_bytes_max)
    : memory_bytes_max_(memory_bytes_max) {
    for (std::size_t i = 0; i < kShards; ++i) shards_.push_back(std::make_unique<Shard>());
}

IdempotencyWindow::~IdempotencyWindow() = default;

IdempotencyWindow::Shard& IdempotencyWindow::shard_of(const Fingerprint& source) {
    return *shards_[source.bytes.back() % kShards];
}

IdempotencyWindow::Verdict IdempotencyWindow::begin(const RequestKey& request, AgeTime now) {
    auto& shard = shard_of(request.source);
    const std::lock_guard lock(shard.mutex);
    const auto found = shard.entries.find(request.key);
    if (found != shard.entries.end()) {
        auto& entry = found->second;
        if (!entry.is_remembered()) return InFlight{};
        if (!entry.is_over(now)) {
            if (entry.request != request.request) return OtherRequest{};
            return entry.answer->outcome;
        }
        forget(shard, entry);
    }
    add(shard, request);
    return Claim(*this, request);
}

// A key in flight.
IdempotencyWindow::Entry& IdempotencyWindow::add(Shard& shard, const RequestKey& request) {
    const auto [place, is_new] = shard.entries.try_emplace(request.key);
    check(is_new, "a key is claimed twice");
    auto& entry = place->second;
    entry.request = request.request;
    entry.key = &place->first;
    entry.source = &shard.sources[request.source];
    ++entry.source->entries;
    bytes_.fetch_add(kEntryBytes, std::memory_order_relaxed);
    return entry;
}

void IdempotencyWindow::count(Shard& shard, Source& source, std::int64_t bytes) {
    source.bytes += static_cast<std::uint64_t>(bytes);
    shard.sort_in(source);
}

// The entry is remembered from here on; the caller puts it into the list of its source.
void IdempotencyWindow::give_answer(Shard& shard, Entry& entry, const RememberedAnswer& answer) {
    auto& source = *entry.source;
    entry.arrived_at = answer.arrived_at;
    entry.expires_at = answer.expires_at;
    auto& answers = source.answers;
    std::uint64_t text_bytes = 0;
    if (answers.empty() || answers.back().outcome != answer.outcome) {
        answers.push_back({.outcome = answer.outcome});
        text_bytes = answers.back().bytes();
        bytes_.fetch_add(text_bytes, std::memory_order_relaxed);
    }
    entry.answer = std::prev(answers.end());
    ++entry.answer->users;
    count(shard, source, static_cast<std::int64_t>(kEntryBytes + text_bytes));
    keys_.fetch_add(1, std::memory_order_relaxed);
}

// Whether in flight or remembered. Its source stays in the table until forget_expired() finds it
// idle.
void IdempotencyWindow::forget(Shard& shard, Entry& entry) {
    auto& source = *entry.source;
    std::uint64_t bytes = kEntryBytes;
    if (entry.is_remembered()) {
        source.remembered.erase(source.remembered.iterator_to(entry));
        if (source.last_merged == &entry) source.last_merged = nullptr;
        if (--entry.answer->users == 0) {
            bytes += entry.answer->bytes();
            source.answers.erase(entry.answer);
        }
        count(shard, source, -static_cast<std::int64_t>(bytes));
        keys_.fetch_sub(1, std::memory_order_relaxed);
    }
    bytes_.fetch_sub(bytes, std::memory_order_relaxed);
    --source.entries;
    shard.entries.erase(shard.entries.find(*entry.key));
}

void IdempotencyWindow::remember(const RememberedAnswer& answer, std::uint64_t keys_max) {
    auto& shard = shard_of(answer.request.source);
    const auto now = answer.arrived_at;
    {
        const std::lock_guard lock(shard.mutex);
        const auto found = shard.entries.find(answer.request.key);
        check(found != shard.entries.end() && !found->second.is_remembered(),
              "a key is remembered that is not in flight");
        auto& entry = found->second;
        give_answer(shard, entry, answer);
        auto& remembered = entry.source->remembered;
        remembered.push_back(entry);
        for (std::size_t i = 0; i < kExpiredAtOnce && !remembered.empty(); ++i) {
            if (!remembered.front().is_over(now)) break;
            forget(shard, remembered.front());  // the new one too, if its own window has passed
        }
        while (remembered.size() > keys_max) {
            if (!remembered.front().is_over(now)) ++shortened_by_count_;
            forget(shard, remembered.front());
        }
    }
    make_room(now);
}

void IdempotencyWindow::release(const RequestKey& request) {
    auto& shard = shard_of(request.source);
    const std::lock_guard lock(shard.mutex);
    const auto found = shard.entries.find(request.key);
    check(found != shard.entries.end() && !found->second.is_remembered(),
          "a key is released that is not in flight");
    forget(shard, found->second);
}

void IdempotencyWindow::restore(const RememberedAnswer& answer) {
    auto& shard = shard_of(answer.request.source);
    {
        const std::lock_guard lock(shard.mutex);
        const auto found = shard.entries.find(answer.request.key);
        if (found != shard.entries.end()) {
            check(found->second.is_remembered(), "a key in flight is restored");
            if (found->second.arrived_at > answer.arrived_at) return;
            forget(shard, found->second);
        }
        auto& entry = add(shard, answer.request);
        give_answer(shard, entry, answer);
        entry.source->merge(entry);
    }
    make_room(answer.arrived_at);
}

std::vector<RememberedAnswer> IdempotencyWindow::answers_of(const Fingerprint& source,
                                                            const std::optional<Fingerprint>& after,
                                                            std::size_t limit) {
    auto& shard = shard_of(source);
    const std::lock_guard lock(shard.mutex);
    std::vector<RememberedAnswer> answers;
    const auto found = shard.sources.find(source);
    if (found == shard.sources.end()) return answers;
    auto& remembered = found->second.remembered;
    auto place = remembered.begin();
    const auto known = after ? shard.entries.find(*after) : shard.entries.end();
    if (known != shard.entries.end() && known->second.is_remembered()) {
        place = std::next(remembered.iterator_to(known->second));
    }
    for (; place != remembered.end() && answers.size() < limit; ++place) {
        answers.push_back(
            {.request = {.source = source, .key = *place->key, .request = place->request},
             .arrived_at = place->arrived_at,
             .expires_at = place->expires_at,
             .outcome = place->answer->outcome});
    }
    return answers;
}

// Forgets the oldest keys of the source that holds most, until all fit in their memory. What is in
// flight stays.
void IdempotencyWindow::make_room(AgeTime now) {
    while (bytes_.load(std::memory_order_relaxed) > memory_bytes_max_) {
        const auto largest = [](const auto& shard) {
            return shard->largest.load(std::memory_order_relaxed);
        };
        auto& shard = **std::max_element(
            shards_.begin(), shards_.end(),
            [&](const auto& a, const auto& b) { return largest(a) < largest(b); });
        const std::lock_guard lock(shard.mutex);
        if (shard.sizes.empty()) return;  // all is in flight, or another thread was faster
        auto& entry = shard.sizes.rbegin()->remembered.front();
        if (!entry.is_over(now)) ++shortened_by_memory_;
        forget(shard, entry);
    }
}

void IdempotencyWindow::forget_expired(AgeTime now) {
    for (const auto& shard : shards_) {
        const std::lock_guard lock(shard->mutex);
        for (auto place = shard->sources.begin(); place != shard->sources.end();) {
            auto& source = place->second;
            while (!source.remembered.empty() && source.remembered.front().is_over(now)) {
                forget(*shard, source.remembered.front());
            }
            place = source.entries == 0 ? shard->sources.erase(place) : std::next(place);
        }
    }
}

IdempotencyWindow::Totals IdempotencyWindow::totals() const {
    const auto read = [](const auto& number) { return number.load(std::memory_order_relaxed); };
    return {.keys = read(keys_),
            .bytes = read(bytes_),
            .shortened_by_count = read(shortened_by_count_),
            .shortened_by_memory = read(shortened_by_memory_)};
}

}  // namespace millrace::pipeline
