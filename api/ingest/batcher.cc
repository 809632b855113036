#include "api/ingest/batcher.h"

#include <algorithm>
#include <array>
#include <functional>
#include <utility>

#include "api/ingest/answer.h"
#include "api/ingest/replay.h"

namespace millrace::ingest {
namespace {

// A batch with more is handed over before the turn ends: the disk can begin, and memory is bounded.
constexpr std::uint64_t kFlushBytes = 4 << 20;
constexpr std::size_t kFlushAnswerBytes = 128 << 10;  // the journal has 256 KB beside the rows
constexpr std::size_t kAnswerBytes = 96;              // of a remembered one, beside its texts
constexpr std::size_t kGroupsMax = 1000;              // of about 100 bytes each beside the rows
constexpr std::size_t kCsvBytesMin = 4 << 10;         // of the buffer of a new batch
constexpr std::size_t kCsvBytesMax = 1 << 20;

// Lets the window remember the answers of `batch` when they are durable, whether or not anybody
// waits for them by then. Whatever happens instead frees the keys.
void remember_when_done(RowBatch& batch, std::vector<KeyedRequest> keyed) {
    struct Remembering {
        std::vector<KeyedRequest> keyed;
        std::vector<RememberedAnswer> answers;  // of the same requests
    };
    auto shared = std::make_shared<Remembering>(
        Remembering{.keyed = std::move(keyed), .answers = batch.answers});
    batch.done = [shared, then = std::move(batch.done)](const Result<void>& outcome) {
        for (std::size_t i = 0; outcome.ok() && i < shared->keyed.size(); ++i) {
            auto& one = shared->keyed[i];
            one.claim.remember(shared->answers[i], one.keys_max);
        }
        shared->keyed.clear();
        then(outcome);
    };
}

const Ending& ending_of(const WaitingRequest& request) {
    return request.keeping ? request.keeping->ending() : request.ending;
}

}  // namespace

// Requests of one batch that wait for the same.
struct Batcher::Handed {
    std::vector<WaitingRequest> requests;
    Place place = {};
    bool is_complete = false;
};

Batcher::Batcher(Surroundings around, std::size_t lane)
    : around_(around),
      bytes_max_(around.journal.batch_bytes_max()),
      csv_bytes_expected_(kCsvBytesMin) {
    batch_.lane = lane;
}

Batcher::~Batcher() = default;

RowBatch& Batcher::open(const Instant& now) {
    batch_.arrived_at = now.wall;
    batch_.age = now.age;
    if (batch_.csv.empty()) batch_.csv.reserve(csv_bytes_expected_);
    return batch_;
}

bool Batcher::fit(const pipeline::BatchMark& mark) {
    if (batch_.csv.size() + answer_bytes_ <= bytes_max_ && batch_.groups.size() <= kGroupsMax) {
        return true;
    }
    auto rows = pipeline::split_off(batch_, mark);
    if (rows.csv.size() > bytes_max_) return false;
    flush();
    rows.lane = batch_.lane;
    batch_ = std::move(rows);
    return true;
}

void Batcher::wait(WaitingRequest request) {
    const auto& ending = request.ending;
    if (request.keyed && ending.status_of_answer() < 500) {
        auto& keyed = *request.keyed;
        batch_.answers.push_back(
            {.request = keyed.claim.request(),
             .arrived_at = batch_.age,
             .expires_at = keyed.expires_at,
             .outcome =
                 to_remember(ending.report ? *ending.report : text_answer(ending.status, "OK"),
                             ending.accepted + ending.rejected)});
        answer_bytes_ += kAnswerBytes + batch_.answers.back().outcome.size();
        keyed_.push_back(std::move(keyed));
    }
    waiting_.push_back(std::move(request));
    if (batch_.csv.size() >= kFlushBytes || answer_bytes_ >= kFlushAnswerBytes) flush();
}

void Batcher::flush() {
    if (waiting_.empty()) return;
    answer_bytes_ = 0;
    csv_bytes_expected_ = std::clamp(batch_.csv.size() * 2, kCsvBytesMin, kCsvBytesMax);
    auto batch = std::exchange(batch_, {});
    batch_.lane = batch.lane;
    batch_.arrived_at = batch.arrived_at;
    batch_.age = batch.age;

    // Who waits for the disk, the page cache, or the hand-over alone.
    std::array<std::shared_ptr<Handed>, 3> by_ack;
    for (auto& request : std::exchange(waiting_, {})) {
        auto& handed = by_ack[static_cast<std::size_t>(ending_of(request).ack)];
        if (handed == nullptr) handed = std::make_shared<Handed>();
        handed->requests.push_back(std::move(request));
    }
    const auto& [disk, cache, memory] = by_ack;
    batch.done = [](const Result<void>&) {};
    batch.may_wait = disk == nullptr && cache == nullptr;
    if (!batch.may_wait) {  // else the loop need not be woken
        batch.done = around_.mailbox.on_loop(
            [this, disk = disk, cache = cache](const Result<void>& outcome) {
                if (disk != nullptr) complete(*disk, outcome);
                if (cache != nullptr) complete(*cache, outcome);
            });
    }
    if (cache != nullptr) {
        batch.written = around_.mailbox.on_loop([this, cache = cache] { complete(*cache, {}); });
    }
    const auto arrived_at = batch.arrived_at;
    if (!keyed_.empty()) remember_when_done(batch, std::exchange(keyed_, {}));
    const auto submitted = around_.journal.submit(std::move(batch));
    if (!submitted.ok()) {
        for (const auto& handed : by_ack) complete_later(handed, submitted.error());
        return;
    }
    for (const auto& handed : by_ack) {
        if (handed != nullptr) handed->place = {submitted.value(), arrived_at};
    }
    complete_later(memory, {});
}

// Never answered at once: flush() may be called in the middle of another request.
void Batcher::complete_later(std::shared_ptr<Handed> handed, const Result<void>& outcome) {
    if (handed == nullptr) return;
    around_.mailbox.on_loop([this, handed = std::move(handed)](const Result<void>& outcome_then) {
        complete(*handed, outcome_then);
    })(outcome);
}

void Batcher::complete(Handed& handed, const Result<void>& outcome) {
    if (std::exchange(handed.is_complete, true)) return;
    if (!outcome.ok()) {
        const auto answer = journal_error_answer(outcome.error());
        for (auto& request : handed.requests) {
            if (request.keeping) {
                request.keeping->rows_failed(answer);
            } else {
                around_.answerer.fail(request.ending, answer, *request.requester);
            }
        }
        return;
    }
    for (auto& request : handed.requests) {
        if (request.keeping) {
            request.keeping->rows_done(handed.place);
        } else {
            around_.answerer.end(request.ending, handed.place, *request.requester);
        }
    }
}

}  // namespace millrace::ingest
