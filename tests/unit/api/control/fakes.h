#pragma once
// In-memory ports for tests of the control plane. What the real ones do later, these do only when
// told: tasks run when the test runs them, loops serve and the journal closes when the test says
// so. `log` shows the order of all effects.

#include <algorithm>
#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "core/pipeline/source_route.h"
#include "core/ports/clock.h"
#include "core/ports/definition_catalog.h"
#include "core/ports/executor.h"
#include "core/ports/journal.h"
#include "core/ports/lifecycle_catalog.h"
#include "core/ports/rng.h"
#include "core/ports/sealed_slices.h"
#include "core/ports/sink_reports.h"
#include "core/ports/target.h"
#include "core/ports/token_catalog.h"
#include "tests/support/quiet_journal.h"

namespace millrace::control::fakes {

using Log = std::vector<std::string>;

class ManualClock final : public Clock {
public:
    WallTime wall() const override { return now; }
    SteadyTime steady() const override { return steady_now; }

    WallTime now{1'767'323'045'678};  // 2026-01-02T03:04:05.678Z
    SteadyTime steady_now{};
};

class CountingRng final : public Rng {
public:
    std::uint64_t next() override {
        state_ += 0x9E3779B97F4A7C15ULL;
        auto mixed = state_;
        mixed = (mixed ^ (mixed >> 30U)) * 0xBF58476D1CE4E5B9ULL;
        return mixed ^ (mixed >> 27U);
    }

private:
    std::uint64_t state_ = 1;
};

class ManualExecutor final : public Executor {
public:
    void post(Task task) override {
        const std::lock_guard lock(mutex_);
        tasks_.push_back(std::move(task));
    }
    void post_at(SteadyTime /*when*/, Task task) override {
        const std::lock_guard lock(mutex_);
        delayed_.push_back(std::move(task));
    }

    // The time of what was delayed has come.
    void wake() {
        for (auto& task : std::exchange(delayed_, {})) post(std::move(task));
    }

    // Runs what is posted, also what that posts; returns how many.
    int run() {
        int count = 0;
        for (auto task = take(); task; task = take()) {
            task();
            ++count;
        }
        return count;
    }

private:
    Task take() {
        const std::lock_guard lock(mutex_);
        if (tasks_.empty()) return nullptr;
        auto task = std::move(tasks_.front());
        tasks_.pop_front();
        return task;
    }

    std::mutex mutex_;
    std::deque<Task> tasks_;
    std::vector<Task> delayed_;
};

class MemoryCatalog final : public DefinitionCatalog {
public:
    explicit MemoryCatalog(Log& log) : log_(log) {}

    Result<std::optional<Source>> find_source(const SourceKey& key) override {
        const std::lock_guard lock(mutex_);
        TRY(fault());
        return find(sources_, key);
    }
    Result<std::optional<Sink>> find_sink(const SinkKey& key) override {
        const std::lock_guard lock(mutex_);
        TRY(fault());
        return find(sinks_, key);
    }
    Result<Page<Source>> sources(ProjectId, BranchId, const PageRequest& request) override {
        const std::lock_guard lock(mutex_);
        TRY(fault());
        std::vector<Source> all;
        for (const auto& [key, source] : sources_) {
            if (!source.deleted) all.push_back(source);
        }
        return page(all, request, [](const Source& source) { return source.key.source.value; });
    }
    Result<Page<Sink>> sinks(const SourceKey& key, const PageRequest& request) override {
        const std::lock_guard lock(mutex_);
        TRY_ASSIGN(const auto all, all_sinks(key));
        return page(all, request, [](const Sink& sink) { return sink.key.sink.value; });
    }
    Result<std::vector<Source>> all_sources() override {
        TRY(fault());
        std::vector<Source> all;
        for (const auto& [key, source] : sources_) {
            if (!source.deleted) all.push_back(source);
        }
        return all;
    }
    Result<std::vector<Sink>> all_sinks(const SourceKey& source) override {
        const std::lock_guard lock(mutex_);
        TRY(fault());
        std::vector<Sink> all;
        for (const auto& [key, sink] : sinks_) {
            if (key.source == source && !sink.deleted) all.push_back(sink);
        }
        return all;
    }
    Result<Page<Source>> deleted_sources(ProjectId, BranchId, const PageRequest& request) override {
        const std::lock_guard lock(mutex_);
        std::vector<Source> all;
        for (const auto& [key, source] : sources_) {
            if (source.deleted) all.push_back(source);
        }
        return page(all, request, [](const Source& source) { return source.key.source.value; });
    }
    Result<Page<Sink>> deleted_sinks(const SourceKey& key, const PageRequest& request) override {
        const std::lock_guard lock(mutex_);
        TRY_ASSIGN(auto all, sinks_with_deleted(key));
        std::erase_if(all, [](const Sink& sink) { return !sink.deleted; });
        return page(all, request, [](const Sink& sink) { return sink.key.sink.value; });
    }
    Result<std::vector<Sink>> sinks_with_deleted(const SourceKey& source) override {
        const std::lock_guard lock(mutex_);
        TRY(fault());
        std::vector<Sink> all;
        for (const auto& [key, sink] : sinks_) {
            if (key.source == source) all.push_back(sink);
        }
        return all;
    }
    Result<std::vector<SinkKey>> sinks_of_table(const TableId& table) override {
        TRY(fault());
        std::vector<SinkKey> keys;
        for (const auto& [key, sink] : sinks_) {
            if (sink.table == table) keys.push_back(key);
        }
        return keys;
    }
    Result<std::map<SinkNumber, SinkKey>> sink_keys() override {
        std::map<SinkNumber, SinkKey> keys;
        for (const auto& [key, sink] : sinks_) keys.emplace(sink.number, key);
        return keys;
    }
    Result<Page<Version>> source_versions(const SourceKey& source,
                                          const VersionPageRequest& request) override {
        return page_of_versions(source_versions_[source], request);
    }
    Result<Page<Version>> sink_versions(SinkNumber sink,
                                        const VersionPageRequest& request) override {
        return page_of_versions(sink_versions_[sink], request);
    }
    Result<std::optional<Source>> find_source_version(const SourceKey& source,
                                                      std::uint32_t number) override {
        return find(source_versions_[source], number);
    }
    Result<std::optional<Sink>> find_sink_version(SinkNumber sink, std::uint32_t number) override {
        return find(sink_versions_[sink], number);
    }
    Result<void> save(const DefinitionEdit& edit) override {
        const std::lock_guard lock(mutex_);
        TRY(fault());
        if (edit.task && tasks_.contains(edit.task->id)) {
            tasks_[edit.task->id].result = edit.task->result;
            tasks_[edit.task->id].error = edit.task->error;
        }
        if (edit.source) {
            log_.push_back("save source " + edit.source->key.source.value);
            sources_.insert_or_assign(edit.source->key, *edit.source);
            keep_version(*edit.source);
        }
        for (const auto& sink : edit.sinks) {
            if (!edit.source) log_.push_back("save sink " + sink.key.sink.value);
            sinks_.insert_or_assign(sink.key, sink);
            keep_version(sink);
        }
        for (const auto& [version, snapshot] : edit.mappings) mappings_[version] = snapshot;
        return {};
    }
    Result<void> remove_source(const SourceKey& source) override {
        TRY(fault());
        log_.push_back("remove source " + source.source.value);
        sources_.erase(source);
        source_versions_.erase(source);
        std::erase_if(sinks_, [&](const auto& entry) { return entry.first.source == source; });
        return {};
    }
    Result<SinkNumber> next_sink_number() override { return SinkNumber(++last_number_); }
    Result<MappingSnapshot> mapping(const SinkVersion& version) override {
        const auto found = mappings_.find(version);
        if (found == mappings_.end()) return Error(Code::not_found, "no such mapping");
        return found->second;
    }
    Result<MappingVersion> newest_mapping(SinkNumber sink) override {
        MappingVersion newest;
        for (const auto& [version, snapshot] : mappings_) {
            if (version.sink == sink) newest = std::max(newest, version.mapping);
        }
        return newest;
    }
    Result<void> save_task(const Task& task) override {
        const std::lock_guard lock(mutex_);
        if (failing_task_saves > 0 && task.status != TaskStatus::processing) {
            --failing_task_saves;
            return Error(Code::unavailable, "disk is on fire");
        }
        TRY(fault());
        log_.push_back("task " + std::string(to_string(task.status)));
        tasks_[task.id] = task;
        return {};
    }
    Result<std::optional<Task>> find_task(ProjectId, const std::string& id) override {
        const std::lock_guard lock(mutex_);
        TRY(fault());
        return find(tasks_, id);
    }
    Result<std::vector<Task>> unfinished_tasks() override {
        std::vector<Task> unfinished;
        for (const auto& [id, task] : tasks_) {
            if (task.status == TaskStatus::processing) unfinished.push_back(task);
        }
        return unfinished;
    }
    Result<void> delete_tasks(TaskStatus status, WallTime finished_before) override {
        std::erase_if(tasks_, [&](const auto& entry) {
            return entry.second.status == status && entry.second.finished_at &&
                   *entry.second.finished_at < finished_before;
        });
        return {};
    }

    bool broken = false;         // everything fails
    int failing_task_saves = 0;  // results of tasks that cannot be saved

private:
    Result<void> fault() const {
        if (broken) return Error(Code::unavailable, "disk is on fire");
        return {};
    }
    template <typename Map>
    static std::optional<typename Map::mapped_type> find(const Map& map,
                                                         const typename Map::key_type& key) {
        const auto found = map.find(key);
        if (found == map.end()) return std::nullopt;
        return found->second;
    }
    template <typename T, typename IdOf>
    static Page<T> page(const std::vector<T>& all, const PageRequest& request, IdOf id_of) {
        Page<T> page;
        page.total_count = all.size();
        for (const auto& item : all) {
            if (id_of(item) > request.after_id && page.items.size() < request.limit) {
                page.items.push_back(item);
            }
        }
        return page;
    }

    template <typename T>
    static Page<Version> page_of_versions(const std::map<std::uint32_t, T>& versions,
                                          const VersionPageRequest& request) {
        Page<Version> page;
        for (const auto& [number, definition] : versions) {
            if (number <= request.after) continue;
            ++page.total_count;
            if (page.items.size() < request.limit) page.items.push_back(definition.version);
        }
        return page;
    }
    // A version has no secret and none of the states.
    void keep_version(Source source) {
        source.secret = Secret("");
        source.deleted.reset();
        source.disabled.reset();
        source_versions_[source.key].emplace(source.version.number, source);
    }
    void keep_version(Sink sink) {
        sink.deleted.reset();
        sink.disabled.reset();
        sink_versions_[sink.number].emplace(sink.version.number, sink);
    }

    std::recursive_mutex mutex_;  // requests of several clients come side by side
    Log& log_;
    std::map<SourceKey, Source> sources_;
    std::map<SinkKey, Sink> sinks_;
    std::map<SourceKey, std::map<std::uint32_t, Source>> source_versions_;
    std::map<SinkNumber, std::map<std::uint32_t, Sink>> sink_versions_;
    std::map<SinkVersion, MappingSnapshot> mappings_;
    std::map<std::string, Task> tasks_;
    std::uint64_t last_number_ = 0;
};

// Only what the statistics need.
class MemoryLifecycle final : public LifecycleCatalog {
public:
    Result<void> record_sealed(const OpenSlice&) override { return {}; }
    Result<void> close_file(const OpenFile&) override { return {}; }
    Result<std::optional<Slice>> find_slice(SliceId id) override {
        const auto found = slices.find(id);
        if (found == slices.end()) return std::optional<Slice>();
        return std::optional(found->second);
    }
    Result<std::optional<File>> find_file(FileId) override { return std::optional<File>(); }
    Result<std::vector<OpenFile>> writing_files(const VolumeId&) override {
        return std::vector<OpenFile>();
    }
    Result<std::optional<Uuid>> volume_id(const VolumeId&) override {
        return std::optional<Uuid>();
    }
    Result<BatchNumber> open_volume(const VolumeId&, const Uuid&, BatchNumber) override {
        return BatchNumber(0);
    }
    Result<void> record_lost(const VolumeId&, BatchNumber, BatchNumber) override { return {}; }
    Result<bool> is_lost(const Ticket& ticket) override { return lost.contains(ticket.batch); }
    Result<std::vector<Slice>> slices_with(SinkNumber sink, const Ticket& ticket) override {
        std::vector<Slice> found;
        for (const auto& [id, slice] : slices) {
            const auto& [opening, content] = std::tie(slice.opening, slice.content);
            if (opening.sink.sink == sink && opening.volume == ticket.volume &&
                content.first_batch <= ticket.batch && ticket.batch <= content.last_batch) {
                found.push_back(slice);
            }
        }
        return found;
    }
    Result<std::vector<Slice>> slices_to_upload(WallTime, std::uint32_t) override {
        return std::vector<Slice>();
    }
    Result<std::vector<File>> files_to_import(WallTime, std::uint32_t) override {
        return std::vector<File>();
    }
    Result<std::vector<Slice>> slices_of(FileId) override { return std::vector<Slice>(); }
    Result<void> mark_uploading(SliceId) override { return {}; }
    Result<void> mark_uploaded(SliceId, const std::string&, std::uint64_t) override { return {}; }
    Result<void> mark_importing(FileId) override { return {}; }
    Result<void> mark_imported(FileId, WallTime) override { return {}; }
    Result<void> retry_slice(SliceId, const Retry&) override { return {}; }
    Result<void> retry_file(FileId, const Retry&) override { return {}; }
    Result<Leftovers> leftovers(std::uint32_t) override { return Leftovers{}; }
    Result<void> mark_local_removed(SliceId) override { return {}; }
    Result<void> mark_staged_removed(SliceId) override { return {}; }
    Result<std::uint64_t> delete_imported(const VolumeId&, WallTime, Sequence,
                                          std::uint32_t) override {
        return std::uint64_t{0};
    }
    Result<SinkStatistics> statistics(SinkNumber sink) override {
        const auto result = by_sink[sink];
        if (after_statistics) std::exchange(after_statistics, nullptr)();
        return result;
    }
    Result<std::vector<NumberedStatistics>> all_statistics() override {
        std::vector<NumberedStatistics> all;
        for (const auto& [sink, statistics] : by_sink) all.push_back({sink, statistics});
        if (after_statistics) std::exchange(after_statistics, nullptr)();
        return all;
    }

    std::map<SinkNumber, SinkStatistics> by_sink;
    std::map<SliceId, Slice> slices;
    std::set<BatchNumber> lost;
    std::function<void()> after_statistics;  // called once
};

class MemoryReports final : public SinkReports {
public:
    Result<std::vector<FileReport>> files_of(SinkNumber sink,
                                             const FileSelection& wanted) override {
        selections.push_back(wanted);
        return by_sink[sink];
    }
    Result<std::optional<WallTime>> reset_at(SinkNumber sink) override {
        const auto found = resets.find(sink);
        if (found == resets.end()) return std::optional<WallTime>();
        return std::optional(found->second);
    }
    Result<void> reset_statistics(const std::vector<SinkNumber>& sinks, WallTime now) override {
        for (const auto sink : sinks) resets[sink] = now;
        return {};
    }

    std::map<SinkNumber, std::vector<FileReport>> by_sink;
    std::map<SinkNumber, WallTime> resets;
    std::vector<FileSelection> selections;
};

// Only the slices that retries of rejects write.
class MemorySlices final : public SealedSlices {
public:
    Result<VolumeId> healthy_volume() override { return VolumeId("default"); }
    Result<void> add(const LocalSlice& slice, std::string_view csv) override {
        if (failure) return *failure;
        files[slice.slice] = csv;
        return {};
    }
    Result<void> remove(const LocalSlice& slice) override {
        files.erase(slice.slice);
        return {};
    }
    Result<std::unique_ptr<ByteSource>> read(const Slice&) override {
        return Error(Code::not_found, "nobody reads them here");
    }

    std::map<SliceId, std::string> files;
    std::optional<Error> failure;
};

class MemoryTokens final : public TokenCatalog {
public:
    Result<bool> add_token(const ApiToken& token, std::uint64_t limit) override {
        if (tokens_.size() >= limit) return false;
        tokens_[token.id] = token;
        return true;
    }
    Result<std::optional<ApiToken>> find_token(ProjectId, const std::string& digest) override {
        for (const auto& [id, token] : tokens_) {
            if (token.digest == digest) return std::optional(token);
        }
        return std::optional<ApiToken>();
    }
    Result<Page<ApiToken>> tokens(ProjectId, const PageRequest& request) override {
        Page<ApiToken> page{.items = {}, .total_count = tokens_.size()};
        for (const auto& [id, token] : tokens_) {
            if (id.value > request.after_id && page.items.size() < request.limit) {
                page.items.push_back(token);
            }
        }
        return page;
    }
    Result<bool> delete_token(ProjectId, const TokenId& id) override {
        return tokens_.erase(id) == 1;
    }

private:
    std::map<TokenId, ApiToken> tokens_;
};

// A file of the sink whose open slice has so many rows.
inline OpenFile open_file(std::uint64_t sink, std::uint64_t rows) {
    OpenFile file;
    file.sink = {SinkNumber(sink), MappingVersion(1)};
    file.rows = 1000;  // sealed slices too: those are the catalog's
    file.slice.emplace();
    file.slice->opening.slice.value.bytes[0] = 7;
    file.slice->opening.sink = file.sink;
    auto& content = file.slice->content;
    content.bytes = rows * 10;
    content.rows = rows;
    content.first_at = WallTime{1000};
    content.last_at = WallTime{2000};
    return file;
}

class ManualJournal final : public testing_support::QuietJournal {
public:
    explicit ManualJournal(Log& log) : log_(log) {}

    BatchState state_of(const Ticket& ticket) const override {
        return ticket.batch.value <= durable ? BatchState::durable : BatchState::waiting;
    }
    std::vector<OpenSlice> local_slices() const override {
        std::vector<OpenSlice> slices;
        for (const auto& file : files) {
            if (file.slice) slices.push_back(*file.slice);
        }
        return slices;
    }
    std::vector<OpenFile> open_files() const override { return files; }
    void close_versions(SinkNumber sink, MappingVersion below,
                        std::function<void()> done) override {
        log_.push_back(fmt::format("close sink {} below {}", sink.value, below.value));
        waiting_.push_back(std::move(done));
    }

    // Calls what waits for closed files; returns how many.
    int close_all() {
        auto waiting = std::exchange(waiting_, {});
        for (const auto& done : waiting) done();
        return static_cast<int>(waiting.size());
    }

    std::vector<OpenFile> files;
    std::atomic<std::uint64_t> durable = 0;

private:
    Log& log_;
    std::vector<std::function<void()>> waiting_;
};

class ManualRoutes final : public pipeline::RoutePublisher {
public:
    explicit ManualRoutes(Log& log) : log_(log) {}

    void publish(const pipeline::SourceAddress& address,
                 std::shared_ptr<const pipeline::SourceRoute> route,
                 std::function<void()> served) override {
        log_.push_back("publish " + address.source.value);
        served_[address.source] = std::move(route);
        waiting_.push_back(std::move(served));
    }

    // Lets every loop serve what was published; returns how many routes.
    int serve_all() {
        auto waiting = std::exchange(waiting_, {});
        for (const auto& served : waiting) {
            log_.push_back("served");
            served();
        }
        return static_cast<int>(waiting.size());
    }

    const pipeline::SourceRoute* route(const std::string& source) const {
        const auto found = served_.find(SourceId(source));
        return found == served_.end() ? nullptr : found->second.get();
    }

private:
    Log& log_;
    std::map<SourceId, std::shared_ptr<const pipeline::SourceRoute>> served_;
    std::vector<std::function<void()>> waiting_;
};

class MemoryTarget final : public Target {
public:
    explicit MemoryTarget(Log& log) : log_(log) {}

    Result<void> ensure_table(const TableSpec& table) override {
        log_.push_back("ensure " + table.id.text());
        if (refusal) return *refusal;
        tables.push_back(table);
        return {};
    }
    Result<void> drop_table(const TableId& table) override {
        log_.push_back("drop " + table.text());
        if (refusal) return *refusal;
        return {};
    }
    Result<ImportReceipt> import(const ImportRequest&) override { return ImportReceipt{}; }

    std::optional<Error> refusal;
    std::vector<TableSpec> tables;

private:
    Log& log_;
};

}  // namespace millrace::control::fakes
