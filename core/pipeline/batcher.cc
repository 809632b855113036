#include "core/pipeline/batcher.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <new>
#include <utility>

#include "core/pipeline/acceptor.h"
#include "core/pipeline/journal_error.h"

namespace millrace::pipeline {
namespace {

// A batch with more is handed over before the turn ends: the disk can begin, and memory is bounded.
constexpr std::uint64_t kFlushBytes = 512 << 10;
constexpr std::size_t kFlushAnswerBytes = 128 << 10;  // the journal has 256 KB beside the rows
constexpr std::size_t kAnswerBytes = 96;              // of a remembered one, beside its outcome
constexpr std::size_t kGroupsMax = 1000;              // of about 100 bytes each beside the rows
constexpr std::size_t kCsvBytesMin = 4 << 10;         // of the buffer of a new batch
constexpr std::size_t kCsvBytesMax = 1 << 20;
constexpr int kTicksMax = 10;                        // about 5 s, as long as exporters wait
constexpr std::size_t kRefusedBytesMax = 128 << 20;  // of batches that wait for room

std::size_t index_of(Ack ack) {
    return static_cast<std::size_t>(ack);
}

// Lets the window remember the answers of `batch` when they are durable, whether or not a client
// waits for them by then. Whatever happens instead frees the keys.
void remember_when_done(RowBatch& batch, std::vector<Once> once) {
    struct Remembering {
        std::vector<Once> once;
        std::vector<RememberedAnswer> answers;  // of the same requests
    };
    auto shared = std::make_shared<Remembering>(
        Remembering{.once = std::move(once), .answers = batch.answers});
    batch.done = [shared, then = std::move(batch.done)](const Result<void>& outcome) {
        for (std::size_t i = 0; outcome.ok() && i < shared->once.size(); ++i) {
            auto& one = shared->once[i];
            one.claim.remember(shared->answers[i], one.keys_max);
        }
        shared->once.clear();
        then(outcome);
    };
}

}  // namespace

Batcher::Batcher(Journal& journal, Mailbox& mailbox, std::size_t lane)
    : journal_(journal),
      mailbox_(mailbox),
      bytes_max_(journal.batch_bytes_max()),
      csv_bytes_expected_(kCsvBytesMin) {
    batch_.lane = lane;
}

Batcher::~Batcher() = default;

RowBatch& Batcher::open(const Instant& now) {
    batch_.arrived_at = now.wall;
    batch_.age = now.age;
    if (batch_.csv.empty() && batch_.csv.capacity() < csv_bytes_expected_) {
        batch_.csv = spares_->take();
        batch_.csv.reserve(csv_bytes_expected_);
    }
    return batch_;
}

void Batcher::add(RowSlot& slot, RequestPtr&& request) {
    const bool has_room =
        batch_.csv.size() + answer_bytes_ <= bytes_max_ && batch_.groups.size() <= kGroupsMax;
    if (has_room) return add_to_batch(slot, std::move(request));
    const auto rows = slot.take();  // they begin the next batch
    flush();
    RowSlot moved(batch_);
    append(batch_, rows);
    add_to_batch(moved, std::move(request));
}

// Nothing has changed where an exception leaves it, but for a null among those that wait.
void Batcher::add_to_batch(RowSlot& slot, RequestPtr&& request) {
    auto& waiting = waiting_[index_of(request->outcome.reached)];
    waiting.emplace_back();
    if (request->once) remember(*request);
    slot.keep();
    waiting.back() = std::move(request);
    is_awaited_ = true;
    if (batch_.csv.size() >= kFlushBytes || answer_bytes_ >= kFlushAnswerBytes) flush();
}

void Batcher::remember(Request& request) {
    batch_.answers.push_back({.request = request.once->claim.request(),
                              .arrived_at = batch_.age,
                              .expires_at = request.once->expires_at,
                              .outcome = {}});
    try {
        auto& outcome = batch_.answers.back().outcome;
        outcome = request.to_remember();
        once_.push_back(std::move(*request.once));
        answer_bytes_ += kAnswerBytes + outcome.size();
    } catch (...) {
        batch_.answers.pop_back();
        throw;
    }
    request.once.reset();
}

void Batcher::flush() {
    if (!is_awaited_) return;
    try_again();
    const auto handed = in_flight_.emplace(in_flight_.end());
    is_awaited_ = false;
    handed->requests.swap(waiting_);
    try {
        submit(handed);
    } catch (...) {
        in_flight_.erase(handed);  // which ends its requests
        throw;
    }
}

void Batcher::submit(InFlight::iterator handed) {
    answer_bytes_ = 0;
    csv_bytes_expected_ = std::clamp(batch_.csv.size() * 2, kCsvBytesMin, kCsvBytesMax);
    auto once = std::exchange(once_, {});
    auto batch = std::exchange(batch_, {});
    batch_.lane = batch.lane;
    batch_.arrived_at = batch.arrived_at;
    batch_.age = batch.age;

    const auto& [disk, cache, memory] = handed->requests;
    const bool has_memory = !memory.empty();
    batch.may_wait = disk.empty() && cache.empty();
    batch.done = [](const Result<void>&) {};
    if (!batch.may_wait) {  // else the loop need not be woken
        batch.done = mailbox_.on_loop(
            [this, handed](const Result<void>& outcome) { end_all(handed, outcome); });
    }
    if (!cache.empty()) {
        batch.written = mailbox_.on_loop([handed] { end_those(*handed, Ack::cache, {}); });
    }
    batch.reuse = [spares = spares_](std::string csv) { spares->give(std::move(csv)); };
    handed->place.arrived_at = batch.arrived_at;
    handed->steps_left = (batch.may_wait ? 0 : 1) + (has_memory ? 1 : 0);
    if (!once.empty()) remember_when_done(batch, std::move(once));
    hand_over({.handed = handed, .batch = std::move(batch)}, refused_.empty());
}

// Without its turn, as others wait for room, the batch is refused as the journal would refuse it.
void Batcher::hand_over(Refused&& one, bool has_turn) {
    const auto handed = one.handed;
    const bool has_memory = !handed->requests[index_of(Ack::memory)].empty();
    // Never at once: flush() may be called in the middle of another request.
    auto fail_later = mailbox_.on_loop([this, handed](const Error& error) {
        handed->steps_left = 1;
        end_all(handed, error);
    });
    auto submitted = has_turn ? journal_.submit(std::move(one.batch))
                              : Error(Code::overloaded, "others wait for room in the journal");
    if (!submitted.ok()) {
        const auto& error = submitted.error();
        if (error.code() == Code::overloaded && keep(std::move(one))) return;
        return fail_later(error);
    }
    handed->place.ticket = std::move(submitted).value();
    if (has_memory) end_memory(handed);
}

// Whether the batch is tried again later.
bool Batcher::keep(Refused&& one) {
    const auto is_to_wait = [](const RequestPtr& request) {
        return request != nullptr && request->is_to_wait();
    };
    const bool wanted = std::ranges::any_of(one.handed->requests, [&](const auto& requests) {
        return std::ranges::any_of(requests, is_to_wait);
    });
    const auto bytes = one.batch.csv.size();
    if (!wanted || one.ticks == kTicksMax || refused_bytes_ + bytes > kRefusedBytesMax) {
        return false;
    }
    refused_.push_back(std::move(one));
    refused_bytes_ += bytes;
    return true;
}

void Batcher::tick() {
    for (auto& one : refused_) ++one.ticks;
    try_again();
}

void Batcher::give_up_waiting() {
    for (auto& one : refused_) one.ticks = kTicksMax;
    try_again();
}

void Batcher::try_again() {
    for (auto left = refused_.size(); left > 0; --left) {
        auto one = std::move(refused_.front());
        refused_.pop_front();
        refused_bytes_ -= one.batch.csv.size();
        const auto handed = one.handed;
        try {
            hand_over(std::move(one), true);
        } catch (...) {
            in_flight_.erase(handed);  // which ends its requests
            throw;
        }
    }
}

// Those that wait for nothing more than the hand-over. The journal has the batch, so nothing may
// throw.
void Batcher::end_memory(InFlight::iterator handed) {
    const auto end = [this, handed] {
        end_those(*handed, Ack::memory, {});
        end_step(handed);
    };
    try {
        mailbox_.on_loop(end)();
    } catch (const std::bad_alloc&) {
        end();
    }
}

void Batcher::end_all(InFlight::iterator handed, const Result<void>& outcome) {
    for (const auto ack : {Ack::disk, Ack::cache, Ack::memory}) end_those(*handed, ack, outcome);
    end_step(handed);
}

void Batcher::end_step(InFlight::iterator handed) {
    if (--handed->steps_left == 0) in_flight_.erase(handed);
}

// Each of the requests ends once, whichever step comes first.
void Batcher::end_those(Handed& handed, Ack ack, const Result<void>& outcome) {
    for (auto& request : std::exchange(handed.requests[index_of(ack)], {})) {
        if (request == nullptr) continue;
        if (outcome.ok()) {
            request->end(handed.place);
        } else {
            request->fail(told_of_journal(outcome.error()));
        }
        request.reset();
    }
}

}  // namespace millrace::pipeline
