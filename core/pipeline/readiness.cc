#include "core/pipeline/readiness.h"

#include <fmt/format.h>

#include <chrono>
#include <utility>

#include "core/base/error_names.h"
#include "core/pipeline/journal_error.h"

namespace millrace::pipeline {
namespace {

constexpr std::chrono::seconds kPatience{2};

}  // namespace

void Readiness::ask(Done done, const Instant& now) {
    const auto asked_at = clock_.steady();
    if (asked_at < fresh_until_) return done(last_);
    if (waiting_.empty()) since_ = asked_at;
    waiting_.push_back(std::move(done));
    if (std::exchange(is_under_way_, true)) return;
    try {
        append_nothing(now);
    } catch (...) {
        is_under_way_ = false;
        waiting_.pop_back();  // nothing was under way, so it is the only one
        throw;
    }
}

void Readiness::append_nothing(const Instant& now) {
    RowBatch nothing;
    nothing.arrived_at = now.wall;
    nothing.age = now.age;
    nothing.done = mailbox_.on_loop([this](const Result<void>& outcome) { complete(outcome); });
    if (const auto submitted = journal_.submit(std::move(nothing)); !submitted.ok()) {
        complete(submitted.error());
    }
}

void Readiness::expire(SteadyTime now) {
    if (waiting_.empty() || now - since_ < kPatience) return;
    const Error stalled =
        Error(Code::unavailable,
              fmt::format("The disk has not answered for {} s.", kPatience.count()))
            .named(error_names::kInVolumeStalled);
    for (const auto& done : std::exchange(waiting_, {})) done(stalled);
}

void Readiness::complete(const Result<void>& outcome) {
    is_under_way_ = false;
    last_ = outcome.ok() ? Result<void>() : told_of_journal(outcome.error());
    fresh_until_ = clock_.steady() + kFreshFor;
    for (const auto& done : std::exchange(waiting_, {})) done(last_);
}

}  // namespace millrace::pipeline
