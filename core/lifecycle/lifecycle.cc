#include "core/lifecycle/lifecycle.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "core/lifecycle/file_steps.h"
#include "core/lifecycle/import_step.h"
#include "core/lifecycle/upload_step.h"
#include "core/policy/conditions.h"
#include "core/policy/retention.h"
#include "core/policy/retry.h"

namespace millrace::lifecycle {
namespace {

constexpr Milliseconds kTick = std::chrono::milliseconds(100);
constexpr Milliseconds kTickMax = std::chrono::seconds(1);
constexpr Milliseconds kListPause = std::chrono::milliseconds(20);
constexpr int kRestOfLook = 100;
constexpr std::uint64_t kRowsPageBytes = 8 << 20;
const Sequence kBehindAll(std::numeric_limits<std::int64_t>::max());

Milliseconds took_since(const Clock& clock, SteadyTime started_at) {
    return std::chrono::duration_cast<Milliseconds>(clock.steady() - started_at);
}

// Calls `at_exit` when the scope is left, by an exception too: a worker must never stay busy.
class ScopeExit {
public:
    explicit ScopeExit(std::function<void()> at_exit) : at_exit_(std::move(at_exit)) {}
    ~ScopeExit() { at_exit_(); }
    ScopeExit(const ScopeExit&) = delete;
    ScopeExit& operator=(const ScopeExit&) = delete;

private:
    std::function<void()> at_exit_;
};

}  // namespace

Lifecycle::Lifecycle(const Stores& stores, const Clock& clock, LifecycleThreads threads,
                     LifecycleEvents events, std::optional<SettingOverrides> node)
    : stores_(stores),
      clock_(clock),
      events_(std::move(events)),
      strand_(threads.strand, clock),
      workers_(std::move(threads.workers)),
      snapshots_(stores.definitions, events_),
      reports_(stores_, strand_, events_,
               {.slice = [this](SliceId slice) { journal_->slice_recorded(slice); },
                .any = [this] { wake(); }}),
      due_work_(stores_, snapshots_, events_, workers_.size()),
      busy_(workers_.size(), false) {
    check(!workers_.empty(), "the lifecycle needs a worker");
    for (const auto& [name, staging] : stores_.stagings.all()) {
        stray_objects_.emplace_back(*staging);
    }
    if (node) retention_.emplace(stores_, *std::move(node), events_);
}

void Lifecycle::start() {
    check(journal_ != nullptr, "start() before watch()");
    strand_.post([this] {
        cleanup_at_ = clock_.steady();
        tick();
    });
}

void Lifecycle::look() {
    strand_.post([this] { wake(); });
}

void Lifecycle::stop(std::function<void()> done) {
    stopping_ = true;
    strand_.post_always([this, done = std::move(done)] {
        strand_.close();
        stopped_ = done;
        if (std::find(busy_.begin(), busy_.end(), true) == busy_.end()) stopped_();
    });
}

void Lifecycle::change_file(const FileChange& change, FileChangeDone done) {
    strand_.post([this, change, done = std::move(done)] { done(change_now(change)); });
}

Result<FileRowsPage> Lifecycle::file_rows(FileId file, const RowsPlace& from) const {
    return read_file_rows(file, from, kRowsPageBytes, stores_);
}

LifecycleCounters Lifecycle::counters() const {
    return {.uploads = uploads_,
            .failed_uploads = failed_uploads_,
            .imports = imports_,
            .failed_imports = failed_imports_,
            .imported_rows = imported_rows_};
}

void Lifecycle::slice_sealed(const OpenSlice& slice) {
    strand_.post([this, slice] { reports_.slice_sealed(slice); });
}

void Lifecycle::file_closed(const OpenFile& file) {
    strand_.post([this, file] { reports_.file_closed(file); });
}

void Lifecycle::file_covers(const CoveredPositions& covered) {
    if (stores_.coverage == nullptr) return;
    strand_.post([this, covered] { record_covered(covered); });
}

// What is not recorded is not known to be in the table, which does no harm. A source that goes on
// on another volume may have left rows on the one before.
void Lifecycle::record_covered(const CoveredPositions& covered) {
    const auto is_of_sink = [&](const OpenSlice& slice) {
        return slice.opening.sink.sink == covered.sink && slice.opening.file < covered.file;
    };
    if (!journal_->unknown_volumes().empty()) return;
    if (journal_->lanes() > 1 && std::ranges::any_of(journal_->local_slices(), is_of_sink)) return;
    static_cast<void>(stores_.coverage->record_covered(covered).ok());
}

void Lifecycle::checkpointed(const VolumeId& volume, Sequence sequence) {
    checkpointed_.with([&](auto& checkpointed) { checkpointed[volume] = sequence; });
}

void Lifecycle::volume_ended(const VolumeId& volume) {
    checkpointed(volume, kBehindAll);
}

void Lifecycle::batches_lost(const VolumeId& volume, BatchNumber first, BatchNumber last) {
    strand_.post([this, volume, first, last] { reports_.batches_lost(volume, first, last); });
}

void Lifecycle::tick() {
    const auto begun = clock_.steady();
    close_due(moment_of(clock_));
    due_.clear();
    has_news_ = true;
    take_work();
    const auto took = clock_.steady() - begun;
    // Of very many files each look takes long; it may have a hundredth of a processor.
    const auto rest = std::chrono::duration_cast<Milliseconds>(took * kRestOfLook);
    strand_.post_in(std::clamp(rest, kTick, kTickMax), [this] { tick(); });
}

void Lifecycle::close_due(const Moment& now) {
    ages_.look(now);
    const auto files = journal_->open_files();
    std::map<SinkNumber, MappingVersion> newest;
    open_files_.clear();
    for (const auto& file : files) {
        auto& mapping = newest[file.sink.sink];
        mapping = std::max(mapping, file.sink.mapping);
        open_files_[{file.sink.sink, file.volume}].insert(file.id);
    }

    std::unordered_set<Uuid> asked;  // forgets what the journal has closed
    const auto ask_once = [&](Uuid id, bool is_due, const std::function<void()>& close) {
        const bool was_asked = asked_.contains(id);
        if (!was_asked && !is_due) return false;
        if (!was_asked) close();
        asked.insert(id);
        return true;
    };
    for (const auto& file : files) {
        const auto snapshot = snapshots_.find(file.sink, now.steady);
        const auto age = ages_.of(file.id.value, file.opened_at);
        // The sink's change closes the file of its old mapping; after a crash amid that, this does.
        const bool is_superseded = file.sink.mapping < newest[file.sink.sink];
        const bool file_is_due =
            is_superseded || (snapshot && policy::import_due(file, snapshot->settings, age));
        if (ask_once(file.id.value, file_is_due, [&] { journal_->close_file(file.id); })) continue;
        if (!file.slice) continue;
        const auto& opening = file.slice->opening;
        const auto slice_age = ages_.of(opening.slice.value, opening.opened_at);
        const bool slice_is_due =
            snapshot && policy::upload_due(*file.slice, snapshot->settings, slice_age);
        ask_once(opening.slice.value, slice_is_due, [&] { journal_->close_slice(opening.slice); });
    }
    asked_ = std::move(asked);
}

// Posted, not done: many reports and completions that come together ask the catalog once.
void Lifecycle::wake() {
    has_news_ = true;
    if (wake_posted_) return;
    wake_posted_ = true;
    strand_.post([this] {
        wake_posted_ = false;
        take_work();
    });
}

void Lifecycle::take_work() {
    if (journal_ == nullptr || !strand_.is_open()) return;
    if (const auto worker = idle_worker(); worker && !cleaning_ && clock_.steady() >= cleanup_at_) {
        start_cleanup(*worker);
    }
    start_due_work();
    // What the catalog has said is good for many tasks; it is asked again when all of it is taken,
    // by each tick, and, while some of it may not start now, for what has come since.
    if (!has_news_ || !idle_worker()) return;
    const auto now = moment_of(clock_);
    if (!due_.empty() && now.steady < list_again_at_) return wake_late();
    has_news_ = false;
    list_again_at_ = now.steady + kListPause;
    due_ = due_work_.list(now, [this](const File& file) { return has_older(file); });
    start_due_work();
}

void Lifecycle::wake_late() {
    if (late_wake_posted_) return;
    late_wake_posted_ = true;
    strand_.post_in(kListPause, [this] {
        late_wake_posted_ = false;
        take_work();
    });
}

void Lifecycle::start_due_work() {
    while (const auto worker = idle_worker()) {
        auto work = due_work_.take(due_);
        if (!work) break;
        due_work_.gather(*work, moment_of(clock_),
                         [this](const File& file) { return has_older(file); });
        if (!work->behind.empty()) has_news_ = true;  // what came behind them is not in the list
        start_work(*worker, std::move(*work));
    }
}

// Files of a sink on a volume are imported in opening order, also across a change of its mapping,
// when the older file may still be in the journal.
bool Lifecycle::has_older(const File& file) const {
    const auto open = open_files_.find({file.sink.sink, file.volume});
    const bool is_open = open != open_files_.end() && *open->second.begin() < file.id;
    return is_open || reports_.has_older(file.sink.sink, file.id);
}

Result<void> Lifecycle::change_now(const FileChange& change) {
    const auto& file = change.file;
    const auto act = change.act;
    if (due_work_.is_running(file.value)) {
        return Error(Code::conflict, fmt::format("file {} is being imported right now; try again",
                                                 to_string(file)));
    }
    TRY_ASSIGN(const auto changed, lifecycle::change_file(change, clock_.wall(), stores_.catalog));
    DueWork::drop(due_, file);
    due_work_.let_go(file.value);
    for (const auto& slice : changed.tried_again) due_work_.let_go(slice.value);
    for (const auto& slice : change.slices) due_work_.let_go(slice.value);
    if (act == FileAct::discard) cleanup_at_ = clock_.steady();
    if (act == FileAct::restore && retention_) retention_->restored(file, clock_.age());
    if (act == FileAct::restore || !change.slices.empty()) {
        untold_attempts_.with([&](auto& untold) { untold.erase(file.value); });
    }
    events_.file_changed({.file = file,
                          .sink = changed.before.sink.sink,
                          .act = to_string(act),
                          .reason = change.reason});
    wake();
    return {};
}

// What is not possible now is found again by a later look.
void Lifecycle::change_by_itself(const FileChange& change) {
    const auto changed = change_now(change);
    if (changed.ok() || changed.error().code() == Code::conflict) return;
    events_.step_failed({.step = to_string(change.act),
                         .subject = to_string(change.file),
                         .reason = changed.error().operator_text(),
                         .attempt = 1,
                         .retry_in = policy::kCleanupInterval});
}

Result<void> Lifecycle::look_at_retention() {
    if (!retention_) return {};
    TRY_ASSIGN(auto due, retention_->look(clock_.age(), clock_.steady()));
    for (auto& change : due) {
        strand_.post([this, change = std::move(change)] { change_by_itself(change); });
    }
    return {};
}

std::optional<std::size_t> Lifecycle::idle_worker() const {
    const auto idle = std::find(busy_.begin(), busy_.end(), false);
    if (idle == busy_.end()) return std::nullopt;
    return static_cast<std::size_t>(idle - busy_.begin());
}

void Lifecycle::start_work(std::size_t worker, Work work) {
    busy_[worker] = true;
    workers_[worker]->post([this, worker, work = std::move(work)] {
        // What holds after an exception, which leaves nothing in the catalog.
        const auto started_at = clock_.steady();
        std::optional<SteadyTime> hold_until = started_at + policy::kRetryFirst;
        const ScopeExit completion([&] {
            const auto took = took_since(clock_, started_at);
            strand_.post_always([this, worker, work, took, hold_until] {
                const bool is_import = std::holds_alternative<File>(work.subject);
                if (is_import && !hold_until) import_times_.observe(std::chrono::nanoseconds(took));
                due_work_.finished(work, took, hold_until);
                release(worker);
            });
        });
        hold_until = run(work);
    });
}

std::optional<SteadyTime> Lifecycle::run(const Work& work) {
    const auto* slice = std::get_if<Slice>(&work.subject);
    const auto done = slice != nullptr ? upload(*slice, *work.snapshot) : import(work);
    if (!done.ok() && stopping_) return std::nullopt;  // given up: the next start repeats it
    if (!done.ok() && is_unconfigured(done.error())) {
        tell_unconfigured(work, done.error());
        return SteadyTime::max();  // until a start with another configuration
    }
    if (!done.ok() && is_row_refused(done.error())) return end_refused_load(work, done.error());
    if (!done.ok()) return record_failure(work, done.error());
    untold_attempts_.with([&](auto& untold) { untold.erase(work.id()); });
    return std::nullopt;
}

Result<void> Lifecycle::upload(const Slice& slice, const MappingSnapshot& snapshot) {
    const auto started_at = clock_.steady();
    TRY_ASSIGN(const auto staged, upload_slice(slice, snapshot.settings, next_attempt(), stores_));
    ++uploads_;
    events_.slice_uploaded({.slice = slice.opening.slice,
                            .file = slice.opening.file,
                            .sink = slice.opening.sink.sink,
                            .rows = slice.content.rows,
                            .bytes = slice.content.bytes,
                            .staged_bytes = staged.bytes,
                            .took = took_since(clock_, started_at)});
    const auto& opening = slice.opening;
    if (retention_) retention_->succeeded(opening.slice.value);
    tell_leftover(remove_local({.volume = opening.volume, .slice = opening.slice}, stores_),
                  to_string(opening.slice));
    return {};
}

Result<void> Lifecycle::import(const Work& work) {
    const auto started_at = clock_.steady();
    const auto& snapshot = *work.snapshot;
    std::vector<File> files{std::get<File>(work.subject)};
    files.insert(files.end(), work.behind.begin(), work.behind.end());
    TRY_ASSIGN(const auto imported,
               import_files(files, snapshot, instant_of(clock_), stores_, stopping_));
    const auto took = took_since(clock_, started_at);
    for (const auto& [file, slices, rows, bytes, refused, already_done] : imported) {
        if (retention_) retention_->succeeded(file.value);
        ++imports_;
        imported_rows_ += rows;
        events_.file_imported({.file = file,
                               .sink = files.front().sink.sink,
                               .table = snapshot.table.text(),
                               .rows = rows,
                               .bytes = bytes,
                               .slices = static_cast<std::uint32_t>(slices.size()),
                               .already_done = already_done,
                               .took = took});
        if (refused.empty()) continue;
        events_.rows_refused({.file = file,
                              .sink = files.front().sink.sink,
                              .table = snapshot.table.text(),
                              .rows = refused.size(),
                              .reason = refused.front().reason});
    }
    for (const auto& file : imported) {
        for (const auto& slice : file.slices) {
            tell_leftover(remove_staged(slice.opening.slice, slice.staged, stores_),
                          slice.staged.key);
        }
    }
    return {};
}

// A load whose client has heard of its commit is never imported in part: its file is set aside
// whole. Not at the first attempt: who has just committed it may be about to wait for it.
std::optional<SteadyTime> Lifecycle::end_refused_load(const Work& work, const Error& error) {
    const auto& file = std::get<File>(work.subject);
    const auto& reason = error.client_text();
    if (events_.load_refused({.file = file.id, .reason = reason})) return std::nullopt;
    if (file.retry.attempt == 0) return record_failure(work, error);
    if (auto aside = stores_.catalog.set_aside(file.id, reason, clock_.wall()); !aside.ok()) {
        return record_failure(work, aside.error());
    }
    events_.file_changed({.file = file.id,
                          .sink = file.sink.sink,
                          .act = to_string(FileAct::set_aside),
                          .reason = reason});
    untold_attempts_.with([&](auto& untold) { untold.erase(work.id()); });
    return std::nullopt;
}

// Of all lives of all processes that ever have this staging.
std::string Lifecycle::next_attempt() {
    return fmt::format("{:x}-{:x}", begun_at_.unix_ms, ++attempts_);
}

// The next clean-up deletes it; the step itself is done.
void Lifecycle::tell_leftover(const Result<void>& removed, const std::string& subject) {
    if (removed.ok()) return;
    events_.step_failed({.step = "remove",
                         .subject = subject,
                         .reason = removed.error().operator_text(),
                         .attempt = 1,
                         .retry_in = policy::kCleanupInterval});
}

// It has not failed: its retries are for when it is configured again.
void Lifecycle::tell_unconfigured(const Work& work, const Error& error) {
    events_.backend_missing(
        {.subject = to_string(work.id()), .sink = work.sink(), .reason = error.operator_text()});
}

// Returns until when the work must be held back here, where the catalog could not be told.
std::optional<SteadyTime> Lifecycle::record_failure(const Work& work, const Error& error) {
    ++(work.is_import() ? failed_imports_ : failed_uploads_);
    const auto now = moment_of(clock_);
    if (retention_) retention_->failed(work.id(), error, now.steady);
    auto before = work.retry();
    untold_attempts_.with([&](const auto& untold) {
        const auto attempts = untold.find(work.id());
        if (attempts != untold.end()) before.attempt = std::max(before.attempt, attempts->second);
    });
    const auto retry =
        policy::next_retry(before, error.operator_text(), std::hash<Uuid>()(work.id()), now.wall);
    const auto delay = retry.after - now.wall;
    events_.step_failed({.step = work.is_import() ? "import" : "upload",
                         .subject = to_string(work.id()),
                         .reason = retry.reason,
                         .attempt = retry.attempt,
                         .retry_in = delay});
    const auto recorded = work.is_import() ? stores_.catalog.retry_file(FileId(work.id()), retry)
                                           : stores_.catalog.retry_slice(SliceId(work.id()), retry);
    untold_attempts_.with([&](auto& untold) {
        if (recorded.ok()) {
            untold.erase(work.id());
        } else {
            untold[work.id()] = retry.attempt;
        }
    });
    if (recorded.ok()) return std::nullopt;
    return now.steady + delay;
}

void Lifecycle::start_cleanup(std::size_t worker) {
    busy_[worker] = true;
    cleaning_ = true;
    workers_[worker]->post([this, worker] {
        auto again_in = policy::kCleanupInterval;
        const ScopeExit completion([&] {
            strand_.post_always([this, worker, again_in] {
                cleaning_ = false;
                cleanup_at_ = clock_.steady() + again_in;
                release(worker);
            });
        });
        auto done = clean_up(
            clock_.age(), checkpointed_.with([](const auto& checkpointed) { return checkpointed; }),
            leftovers_, stores_);
        for (auto& objects : stray_objects_) {
            auto walked = objects.walk_on(clock_.steady(), stores_);
            done.more |= walked.more;
            if (!done.failure) done.failure = std::move(walked.failure);
        }
        auto looked = look_at_retention();
        if (!looked.ok() && !done.failure) done.failure = std::move(looked).error();
        if (done.more) again_in = done.failure ? policy::kRetryFirst : kTick;
        if (done.failure) {
            events_.step_failed({.step = "clean up",
                                 .subject = {},
                                 .reason = done.failure->operator_text(),
                                 .attempt = 1,
                                 .retry_in = again_in});
        }
    });
}

void Lifecycle::release(std::size_t worker) {
    busy_[worker] = false;
    const bool all_idle = std::find(busy_.begin(), busy_.end(), true) == busy_.end();
    if (stopped_ && all_idle) return stopped_();
    has_news_ = true;
    take_work();
}

}  // namespace millrace::lifecycle
