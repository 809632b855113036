#include "core/lifecycle/due_work.h"

#include <algorithm>
#include <utility>

#include "core/policy/retry.h"

namespace millrace::lifecycle {
namespace {

constexpr std::uint32_t kListMax = 256;    // of each kind; many times the workers
constexpr std::size_t kTurnsMax = 10'000;  // forgetting costs a little fairness, nothing else

}  // namespace

SinkNumber Work::sink() const {
    if (const auto* slice = std::get_if<Slice>(&subject)) return slice->opening.sink.sink;
    return std::get<File>(subject).sink.sink;
}

Uuid Work::id() const {
    if (const auto* slice = std::get_if<Slice>(&subject)) return slice->opening.slice.value;
    return std::get<File>(subject).id.value;
}

const Retry& Work::retry() const {
    if (const auto* slice = std::get_if<Slice>(&subject)) return slice->retry;
    return std::get<File>(subject).retry;
}

DueWork::DueWork(const Stores& stores, Snapshots& snapshots, const LifecycleEvents& events,
                 std::size_t workers)
    : stores_(stores),
      snapshots_(snapshots),
      events_(events),
      kind_max_(std::max<std::size_t>(workers, 2) - 1) {}

std::vector<Work> DueWork::list(const Moment& now, const IsEarly& is_early) {
    if (now.steady < list_after_) return {};
    std::erase_if(held_, [&](const auto& held) { return held.second <= now.steady; });
    auto due = read(now, is_early);
    if (due.ok()) return std::move(due).value();
    list_after_ = now.steady + policy::kRetryFirst;
    events_.step_failed({.step = "read the due work",
                         .subject = {},
                         .reason = due.error().operator_text(),
                         .attempt = 1,
                         .retry_in = policy::kRetryFirst});
    return {};
}

Result<std::vector<Work>> DueWork::read(const Moment& now, const IsEarly& is_early) {
    TRY_ASSIGN(auto files, stores_.catalog.files_to_import(now.wall, kListMax));
    TRY_ASSIGN(auto slices, stores_.catalog.slices_to_upload(now.wall, kListMax));
    std::vector<Work> due;
    const auto add = [&](auto subject, const SinkVersion& sink) {
        if (auto snapshot = snapshots_.find(sink, now.steady))
            due.push_back({std::move(subject), snapshot});
    };
    for (auto& file : files) {
        const auto sink = file.sink;
        if (!running_.contains(file.id.value) && !is_early(file)) add(std::move(file), sink);
    }
    for (auto& slice : slices) {
        const auto sink = slice.opening.sink;
        if (!running_.contains(slice.opening.slice.value)) add(std::move(slice), sink);
    }
    return due;
}

bool DueWork::may_start(const Work& work) const {
    if (running_.contains(work.id()) || held_.contains(work.id())) return false;
    if (!work.is_import()) return uploads_ < kind_max_;
    return imports_ < kind_max_ && !tables_.contains(work.snapshot->table);
}

std::optional<Work> DueWork::take(std::vector<Work>& due) {
    auto next = due.end();
    std::uint64_t next_turn = 0;
    for (auto work = due.begin(); work != due.end(); ++work) {
        if (!may_start(*work)) continue;
        const auto served = turns_.find(work->sink());
        const auto turn = served == turns_.end() ? 0 : served->second;
        if (next == due.end() || turn < next_turn) {
            next = work;
            next_turn = turn;
        }
    }
    if (next == due.end()) return std::nullopt;

    auto taken = std::move(*next);
    due.erase(next);
    if (turns_.size() >= kTurnsMax) turns_.clear();
    turns_[taken.sink()] = ++turn_;
    running_.insert(taken.id());
    if (taken.is_import()) {
        ++imports_;
        tables_.insert(taken.snapshot->table);
    } else {
        ++uploads_;
    }
    return taken;
}

void DueWork::finished(const Work& work, std::optional<SteadyTime> hold_until) {
    running_.erase(work.id());
    if (work.is_import()) {
        --imports_;
        tables_.erase(work.snapshot->table);
    } else {
        --uploads_;
    }
    if (hold_until) held_[work.id()] = *hold_until;
}

}  // namespace millrace::lifecycle
