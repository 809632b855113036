#include "core/lifecycle/due_work.h"

#include <algorithm>
#include <utility>

#include "core/policy/retry.h"

namespace millrace::lifecycle {
namespace {

constexpr std::uint32_t kListMax = 256;            // of each kind; many times the workers
constexpr std::uint64_t kLongBytes = 16 << 20;     // about as much as fits in:
constexpr std::uint64_t kTogetherBytes = 8 << 20;  // of files that share a transaction
constexpr std::uint32_t kTogetherFiles = 256;
constexpr Milliseconds kLong = std::chrono::seconds(1);
constexpr std::size_t kWorkersMin = 8;
constexpr std::size_t kWorkersMax = 64;
constexpr std::size_t kTurnsMax = 10'000;  // forgetting costs a little fairness, nothing else

int half_of(std::size_t workers) {
    return static_cast<int>((workers + 1) / 2);
}

int less_a_quarter(std::size_t workers) {
    const auto left = std::max<std::size_t>(workers / 4, 1);
    return static_cast<int>(std::max(workers, left + 1) - left);
}

int less_two(std::size_t workers) {
    const auto left = std::clamp<std::size_t>(workers / 4, 1, 2);
    return static_cast<int>(std::max(workers, left + 1) - left);
}

// What one import at a time goes into.
std::pair<TargetName, std::string> place_of(const MappingSnapshot& snapshot,
                                            const ImportLimit& limit) {
    return {snapshot.target,
            limit.is_bucket_one ? std::string(snapshot.table.bucket()) : snapshot.table.text()};
}

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

std::uint64_t Work::bytes() const {
    if (const auto* slice = std::get_if<Slice>(&subject)) return slice->content.bytes;
    return std::get<File>(subject).bytes;
}

DueWork::DueWork(const Stores& stores, Snapshots& snapshots, const LifecycleEvents& events,
                 std::size_t workers)
    : stores_(stores),
      snapshots_(snapshots),
      events_(events),
      uploads_max_(less_a_quarter(workers)),
      imports_max_(less_two(workers)),
      long_max_(half_of(workers)),
      volume_max_(half_of(workers)) {}

// One target has eight workers with six imports, four of which may be long: so many for each.
std::size_t DueWork::workers_for(const Targets& targets, const ImportLimits& limits) {
    std::size_t workers = 0;
    for (const auto& [name, target] : targets.all()) workers += limits.of(name).imports_max + 2;
    return std::clamp(workers, kWorkersMin, kWorkersMax);
}

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
    // What is held back, perhaps for ever, hides nothing else.
    const auto list_max = static_cast<std::uint32_t>(kListMax + held_.size());
    TRY_ASSIGN(auto files, stores_.catalog.files_to_import(now.wall, list_max));
    TRY_ASSIGN(auto slices, stores_.catalog.slices_to_upload(now.wall, list_max));
    std::vector<Work> due;
    const auto may_come = [&](const Uuid& id) {
        return !running_.contains(id) && !held_.contains(id);
    };
    const auto add = [&](auto subject, const SinkVersion& sink) {
        if (auto snapshot = snapshots_.find(sink, now.steady))
            due.push_back({std::move(subject), snapshot});
    };
    for (auto& file : files) {
        const auto sink = file.sink;
        if (may_come(file.id.value) && !is_early(file)) add(std::move(file), sink);
    }
    for (auto& slice : slices) {
        const auto sink = slice.opening.sink;
        if (may_come(slice.opening.slice.value)) add(std::move(slice), sink);
    }
    return due;
}

bool DueWork::may_start(const Work& work) const {
    if (running_.contains(work.id()) || held_.contains(work.id())) return false;
    if (long_ >= long_max_ && is_long(work)) return false;
    if (work.is_import()) return may_import(work);
    const auto of_volume = volumes_.find(std::get<Slice>(work.subject).opening.volume);
    return uploads_ < uploads_max_ &&
           (of_volume == volumes_.end() || of_volume->second < volume_max_);
}

bool DueWork::may_import(const Work& work) const {
    const auto& target = work.snapshot->target;
    const auto limit = stores_.import_limits.of(target);
    if (imports_ >= imports_max_ || places_.contains(place_of(*work.snapshot, limit))) return false;
    const auto running = targets_.find(target);
    if (running != targets_.end()) {
        const auto max = static_cast<int>(limit.imports_max);
        const auto long_max = (2 * max + 2) / 3;
        const auto& [imports, long_ones] = running->second;
        if (imports >= max || (long_ones >= long_max && is_long(work))) return false;
    }
    return leaves_others_room(target);
}

// A target that hangs keeps the workers that it has. So, also where there are few for all targets,
// the first import into each finds one, and what a target has beyond that leaves one for each of
// the others.
bool DueWork::leaves_others_room(const TargetName& target) const {
    if (!targets_.contains(target)) return true;
    auto idle = 0;
    for (const auto& [name, other] : stores_.targets.all()) {
        if (name != target && !targets_.contains(name)) ++idle;
    }
    return imports_ + idle < imports_max_;
}

bool DueWork::is_long(const Work& work) const {
    return work.bytes() > kLongBytes || slow_.contains(work.sink());
}

// `change` is 1 when it starts and -1 when it has ended.
void DueWork::count(const Work& work, int change) {
    const int long_change = running_.at(work.id()) ? change : 0;
    long_ += long_change;
    if (const auto* slice = std::get_if<Slice>(&work.subject)) {
        uploads_ += change;
        if ((volumes_[slice->opening.volume] += change) == 0) volumes_.erase(slice->opening.volume);
        return;
    }
    imports_ += change;
    const auto& target = work.snapshot->target;
    auto& of_target = targets_[target];
    of_target.imports += change;
    of_target.long_ones += long_change;
    if (of_target.imports == 0) targets_.erase(target);
    const auto place = place_of(*work.snapshot, stores_.import_limits.of(target));
    if (change > 0) {
        places_.insert(place);
    } else {
        places_.erase(place);
    }
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
    running_.emplace(taken.id(), is_long(taken));
    count(taken, 1);
    return taken;
}

void DueWork::gather(Work& work, const Moment& now, const IsEarly& is_early) {
    const auto* const first = std::get_if<File>(&work.subject);
    if (first == nullptr || first->bytes >= kTogetherBytes) return;
    auto behind = stores_.catalog.files_behind(*first, now.wall, kTogetherFiles);
    if (!behind.ok()) return;  // the first one goes alone
    auto bytes = first->bytes;
    for (auto& file : behind.value()) {
        bytes += file.bytes;
        const auto id = file.id.value;
        if (bytes > kTogetherBytes || held_.contains(id) || is_early(file)) return;
        running_.emplace(id, false);
        work.behind.push_back(std::move(file));
    }
}

void DueWork::drop(std::vector<Work>& due, FileId file) {
    std::erase_if(due, [&](const Work& work) {
        const auto* slice = std::get_if<Slice>(&work.subject);
        return slice != nullptr ? slice->opening.file == file : work.id() == file.value;
    });
}

void DueWork::finished(const Work& work, Milliseconds took, std::optional<SteadyTime> hold_until) {
    count(work, -1);
    running_.erase(work.id());
    for (const auto& file : work.behind) running_.erase(file.id.value);
    if (took < kLong) {
        slow_.erase(work.sink());
    } else {
        if (slow_.size() >= kTurnsMax) slow_.clear();
        slow_.insert(work.sink());
    }
    if (hold_until) held_[work.id()] = *hold_until;
}

}  // namespace millrace::lifecycle
