#include "core/pipeline/idempotency_window.h"

#include <algorithm>
#include <boost/intrusive/list.hpp>
#include <limits>
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
    144;  // an Entry, its place in the table and the allocator's part
constexpr std::uint64_t kAnswerBytes = 128;  // beside its texts
constexpr auto kNever = std::numeric_limits<std::int64_t>::max();

using Hook = boost::intrusive::list_member_hook<>;

}  // namespace

// The text of an answer, shared by the neighbours of a source that were answered the same: mostly
// all of them.
struct IdempotencyWindow::SharedAnswer {
    AnswerText text;
    std::uint64_t users = 0;

    std::uint64_t bytes() const { return kAnswerBytes + text.headers.size() + text.body.size(); }
};

struct IdempotencyWindow::Entry {
    Fingerprint request;
    Source* source = nullptr;
    AgeTime arrived_at;
    AgeTime expires_at;
    const Fingerprint* key = nullptr;          // in the table
    std::list<SharedAnswer>::iterator answer;  // valid if is_remembered()
    Hook in_shard;
    Hook in_source;

    bool is_remembered() const { return in_shard.is_linked(); }
    bool is_over(AgeTime now) const { return is_remembered() && expires_at <= now; }
};

struct IdempotencyWindow::Source {
    using Entries =
        boost::intrusive::list<Entry,
                               boost::intrusive::member_hook<Entry, Hook, &Entry::in_source>>;

    Entries remembered;  // oldest first
    std::list<SharedAnswer> answers;
    std::uint64_t entries = 0;  // with those in flight
};

struct IdempotencyWindow::Shard {
    using Entries =
        boost::intrusive::list<Entry, boost::intrusive::member_hook<Entry, Hook, &Entry::in_shard>>;

    ~Shard() {
        remembered.clear();
        for (auto& [scope, source] : sources) source.remembered.clear();
    }

    std::mutex mutex;
    std::unordered_map<Fingerprint, Entry> entries;  // by key
    std::unordered_map<Fingerprint, Source> sources;
    Entries remembered;                        // oldest first
    std::atomic<std::int64_t> oldest{kNever};  // arrival of its front; written under the mutex

    void note_oldest() {
        oldest.store(remembered.empty() ? kNever : remembered.front().arrived_at.ms,
                     std::memory_order_relaxed);
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
            return entry.answer->text;
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

void IdempotencyWindow::give_answer(Shard& shard, Entry& entry, const RememberedAnswer& answer) {
    auto& source = *entry.source;
    entry.arrived_at = answer.arrived_at;
    entry.expires_at = answer.expires_at;
    auto& answers = source.answers;
    if (answers.empty() || answers.back().text != answer.answer) {
        answers.push_back({.text = answer.answer});
        bytes_.fetch_add(answers.back().bytes(), std::memory_order_relaxed);
    }
    entry.answer = std::prev(answers.end());
    ++entry.answer->users;
    shard.remembered.push_back(entry);
    source.remembered.push_back(entry);
    shard.note_oldest();
    keys_.fetch_add(1, std::memory_order_relaxed);
}

// Whether in flight or remembered. Its source stays in the table until forget_expired() finds it
// idle.
void IdempotencyWindow::forget(Shard& shard, Entry& entry) {
    auto& source = *entry.source;
    std::uint64_t bytes = kEntryBytes;
    if (entry.is_remembered()) {
        shard.remembered.erase(shard.remembered.iterator_to(entry));
        source.remembered.erase(source.remembered.iterator_to(entry));
        shard.note_oldest();
        if (--entry.answer->users == 0) {
            bytes += entry.answer->bytes();
            source.answers.erase(entry.answer);
        }
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
        give_answer(shard, found->second, answer);
        auto& remembered = found->second.source->remembered;
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
            forget(shard, found->second);
        }
        give_answer(shard, add(shard, answer.request), answer);
    }
    make_room(answer.arrived_at);
}

// Forgets the oldest keys, of whatever source, until all fit in their memory. What is in flight
// stays.
void IdempotencyWindow::make_room(AgeTime now) {
    while (bytes_.load(std::memory_order_relaxed) > memory_bytes_max_) {
        const auto oldest = [](const auto& shard) {
            return shard->oldest.load(std::memory_order_relaxed);
        };
        auto& shard =
            **std::min_element(shards_.begin(), shards_.end(),
                               [&](const auto& a, const auto& b) { return oldest(a) < oldest(b); });
        const std::lock_guard lock(shard.mutex);
        if (shard.remembered.empty()) return;  // all is in flight, or another thread was faster
        auto& entry = shard.remembered.front();
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
