#include "core/pipeline/move_keys.h"

#include <algorithm>
#include <array>
#include <future>
#include <utility>

namespace millrace::pipeline {
namespace {

constexpr std::size_t kKeysAtOnce = 500;  // reports of up to 64 KB, so no more than a frame

Result<void> journal_answers(const KeyMove& move, std::vector<RememberedAnswer> answers) {
    std::promise<Result<void>> written;
    auto outcome = written.get_future();
    const auto now = instant_of(move.clock);
    RowBatch batch;
    batch.arrived_at = now.wall;
    batch.age = now.age;
    batch.answers = std::move(answers);
    batch.lane = move.to;
    batch.done = [&written](const Result<void>& done) { written.set_value(done); };
    TRY(move.journal.submit(std::move(batch)));
    return outcome.get();
}

AgeTime newest_expiry(const std::vector<RememberedAnswer>& answers) {
    AgeTime newest;
    for (const auto& answer : answers) newest = std::max(newest, answer.expires_at);
    return newest;
}

Result<std::uint64_t> move_source(const KeyMove& move, const Fingerprint& source) {
    std::uint64_t moved = 0;
    std::optional<Fingerprint> last;
    while (true) {
        auto answers = move.window.answers_of(source, last, kKeysAtOnce);
        if (answers.empty()) return moved;
        last = answers.back().request.key;
        moved += answers.size();
        TRY(move.homes.add(std::array{KeyFound{.source = source,
                                               .volume = move.journal.volume_at(move.to),
                                               .over_at = newest_expiry(answers)}}));
        TRY(journal_answers(move, std::move(answers)));
    }
}

}  // namespace

Result<std::uint64_t> move_keys(const KeyMove& move) {
    std::uint64_t moved = 0;
    for (const auto& source : move.homes.sources_on(move.from)) {
        TRY_ASSIGN(const auto of_source, move_source(move, source));
        moved += of_source;
    }
    TRY(move.homes.forget(move.from));
    return moved;
}

}  // namespace millrace::pipeline
