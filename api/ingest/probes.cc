#include "api/ingest/probes.h"

#include <fmt/format.h>

#include <chrono>
#include <utility>

#include "core/base/error_names.h"

namespace millrace::ingest {
namespace {

constexpr std::chrono::seconds kPatience{2};

}  // namespace

void Probes::add(Requester& requester, const Instant& now) {
    const auto asked_at = clock_.steady();
    if (asked_at < fresh_until_) return requester.reply(last_);
    if (waiting_.empty()) since_ = asked_at;
    waiting_.push_back(&requester);
    if (std::exchange(is_under_way_, true)) return;
    RowBatch nothing;
    nothing.arrived_at = now.wall;
    nothing.age = now.age;
    nothing.done = mailbox_.on_loop([this](const Result<void>& outcome) { complete(outcome); });
    if (const auto submitted = journal_.submit(std::move(nothing)); !submitted.ok()) {
        complete(submitted.error());
    }
}

void Probes::expire(SteadyTime now) {
    if (waiting_.empty() || now - since_ < kPatience) return;
    const auto answer =
        error_answer(Error(Code::unavailable,
                           fmt::format("The disk has not answered for {} s.", kPatience.count()))
                         .named(error_names::kInVolumeStalled));
    for (auto* const requester : std::exchange(waiting_, {})) requester->reply(answer);
}

void Probes::complete(const Result<void>& outcome) {
    is_under_way_ = false;
    last_ = outcome.ok() ? text_answer(200, "OK\n") : journal_error_answer(outcome.error());
    fresh_until_ = clock_.steady() + kFreshFor;
    for (auto* const requester : std::exchange(waiting_, {})) requester->reply(last_);
}

}  // namespace millrace::ingest
