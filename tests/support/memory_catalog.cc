#include "tests/support/memory_catalog.h"

#include <algorithm>
#include <set>
#include <utility>

#include "core/model/detail_secrets.h"

namespace millrace::fakes {
namespace {

template <typename Map>
std::optional<typename Map::mapped_type> find_in(const Map& map,
                                                 const typename Map::key_type& key) {
    const auto found = map.find(key);
    if (found == map.end()) return std::nullopt;
    return found->second;
}

template <typename T, typename IdOf>
Page<T> page_of(const std::vector<T>& all, const PageRequest& request, IdOf id_of) {
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
Page<Version> page_of_versions(const std::map<std::uint32_t, T>& versions,
                               const VersionPageRequest& request) {
    Page<Version> page;
    for (const auto& [number, definition] : versions) {
        if (number <= request.after) continue;
        ++page.total_count;
        if (page.items.size() < request.limit) page.items.push_back(definition.version);
    }
    return page;
}

}  // namespace

Result<std::optional<Source>> MemoryCatalog::find_source(const SourceKey& key) {
    const std::lock_guard lock(mutex_);
    TRY(fault());
    return find_in(sources_, key);
}

Result<std::optional<Sink>> MemoryCatalog::find_sink(const SinkKey& key) {
    const std::lock_guard lock(mutex_);
    TRY(fault());
    return find_in(sinks_, key);
}

Result<Page<Source>> MemoryCatalog::sources(ProjectId project, BranchId branch,
                                            const PageRequest& request) {
    const std::lock_guard lock(mutex_);
    TRY(fault());
    std::vector<Source> all;
    for (const auto& [key, source] : sources_) {
        if (key.project == project && key.branch == branch && !source.deleted) {
            all.push_back(source);
        }
    }
    return page_of(all, request, [](const Source& source) { return source.key.source.value; });
}

Result<Page<Sink>> MemoryCatalog::sinks(const SourceKey& key, const PageRequest& request) {
    const std::lock_guard lock(mutex_);
    TRY_ASSIGN(const auto all, all_sinks(key));
    return page_of(all, request, [](const Sink& sink) { return sink.key.sink.value; });
}

Result<std::vector<Source>> MemoryCatalog::all_sources() {
    TRY(fault());
    std::vector<Source> all;
    for (const auto& [key, source] : sources_) {
        if (!source.deleted) all.push_back(source);
    }
    return all;
}

Result<std::vector<Sink>> MemoryCatalog::all_sinks(const SourceKey& source) {
    const std::lock_guard lock(mutex_);
    TRY(fault());
    std::vector<Sink> all;
    for (const auto& [key, sink] : sinks_) {
        if (key.source == source && !sink.deleted) all.push_back(sink);
    }
    return all;
}

Result<Page<Source>> MemoryCatalog::deleted_sources(ProjectId project, BranchId branch,
                                                    const PageRequest& request) {
    const std::lock_guard lock(mutex_);
    std::vector<Source> all;
    for (const auto& [key, source] : sources_) {
        if (key.project == project && key.branch == branch && source.deleted) {
            all.push_back(source);
        }
    }
    return page_of(all, request, [](const Source& source) { return source.key.source.value; });
}

Result<Page<Sink>> MemoryCatalog::deleted_sinks(const SourceKey& key, const PageRequest& request) {
    const std::lock_guard lock(mutex_);
    TRY_ASSIGN(auto all, sinks_with_deleted(key));
    std::erase_if(all, [](const Sink& sink) { return !sink.deleted; });
    return page_of(all, request, [](const Sink& sink) { return sink.key.sink.value; });
}

Result<std::vector<Sink>> MemoryCatalog::sinks_with_deleted(const SourceKey& source) {
    const std::lock_guard lock(mutex_);
    TRY(fault());
    std::vector<Sink> all;
    for (const auto& [key, sink] : sinks_) {
        if (key.source == source) all.push_back(sink);
    }
    return all;
}

Result<std::vector<TargetTable>> MemoryCatalog::tables_written_by(const SourceKey& source) {
    TRY(fault());
    std::set<TargetTable> tables;
    for (const auto& [version, snapshot] : mappings_) {
        const auto sink = sinks_.find(snapshot.sink);
        if (sink == sinks_.end() || sink->second.number != version.sink) continue;
        if (snapshot.sink.source == source)
            tables.insert({.target = snapshot.target, .table = snapshot.table});
    }
    return std::vector<TargetTable>(tables.begin(), tables.end());
}

Result<std::vector<SinkKey>> MemoryCatalog::sinks_of_table(const TargetTable& table) {
    TRY(fault());
    std::vector<SinkKey> keys;
    for (const auto& [key, sink] : sinks_) {
        if (sink.target == table.target && sink.table == table.table) keys.push_back(key);
    }
    return keys;
}

Result<std::map<SinkNumber, SinkKey>> MemoryCatalog::sink_keys() {
    std::map<SinkNumber, SinkKey> keys;
    for (const auto& [key, sink] : sinks_) keys.emplace(sink.number, key);
    return keys;
}

Result<Page<Version>> MemoryCatalog::source_versions(const SourceKey& source,
                                                     const VersionPageRequest& request) {
    return page_of_versions(source_versions_[source], request);
}

Result<Page<Version>> MemoryCatalog::sink_versions(SinkNumber sink,
                                                   const VersionPageRequest& request) {
    return page_of_versions(sink_versions_[sink], request);
}

Result<std::optional<Source>> MemoryCatalog::find_source_version(const SourceKey& source,
                                                                 std::uint32_t number) {
    return find_in(source_versions_[source], number);
}

Result<std::optional<Sink>> MemoryCatalog::find_sink_version(SinkNumber sink,
                                                             std::uint32_t number) {
    return find_in(sink_versions_[sink], number);
}

Result<void> MemoryCatalog::save(const DefinitionEdit& edit) {
    const std::lock_guard lock(mutex_);
    TRY(fault());
    for (const auto& [version, snapshot] : edit.mappings) {
        const auto known = find_in(mappings_, version);
        if (known && *known != snapshot) {
            return Error(Code::conflict, "the mapping version is another one");
        }
    }
    if (edit.task && tasks_.contains(edit.task->id)) {
        auto& task = tasks_[edit.task->id];
        if (task.status == TaskStatus::processing) {
            task.result = edit.task->result;
            task.error = edit.task->error;
        }
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
    for (const auto& [version, snapshot] : edit.mappings) mappings_.emplace(version, snapshot);
    return {};
}

Result<void> MemoryCatalog::remove_source(const SourceKey& source) {
    TRY(fault());
    log_.push_back("remove source " + source.source.value);
    sources_.erase(source);
    source_versions_.erase(source);
    for (const auto& [key, sink] : sinks_) {
        if (key.source == source) sink_versions_.erase(sink.number);
    }
    std::erase_if(sinks_, [&](const auto& entry) { return entry.first.source == source; });
    return {};
}

Result<SinkNumber> MemoryCatalog::next_sink_number() {
    return SinkNumber(++last_number_);
}

Result<MappingSnapshot> MemoryCatalog::mapping(const SinkVersion& version) {
    const auto found = mappings_.find(version);
    if (found == mappings_.end()) return Error(Code::not_found, "no such mapping");
    return found->second;
}

Result<MappingVersion> MemoryCatalog::newest_mapping(SinkNumber sink) {
    MappingVersion newest;
    for (const auto& [version, snapshot] : mappings_) {
        if (version.sink == sink) newest = std::max(newest, version.mapping);
    }
    return newest;
}

Result<void> MemoryCatalog::save_task(const Task& task) {
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

Result<std::optional<Task>> MemoryCatalog::find_task(ProjectId project, const std::string& id) {
    const std::lock_guard lock(mutex_);
    TRY(fault());
    auto found = find_in(tasks_, id);
    if (found && found->source.project != project) return std::optional<Task>();
    return found;
}

Result<std::vector<Task>> MemoryCatalog::unfinished_tasks() {
    std::vector<Task> unfinished;
    for (const auto& [id, task] : tasks_) {
        if (task.status == TaskStatus::processing) unfinished.push_back(task);
    }
    std::ranges::stable_sort(unfinished, {}, &Task::created_at);
    return unfinished;
}

Result<std::vector<Task>> MemoryCatalog::newest_tasks(ProjectId project,
                                                      std::optional<TaskStatus> status,
                                                      std::uint32_t limit) {
    const std::lock_guard lock(mutex_);
    std::vector<Task> newest;
    for (const auto& [id, task] : tasks_) {
        if (task.source.project == project && (!status || task.status == *status)) {
            newest.push_back(task);
        }
    }
    std::ranges::sort(newest, [](const Task& a, const Task& b) {
        return std::pair(a.created_at, a.id) > std::pair(b.created_at, b.id);
    });
    if (newest.size() > limit) newest.resize(limit);
    return newest;
}

Result<void> MemoryCatalog::delete_tasks(TaskStatus status, AgeTime finished_before) {
    std::erase_if(tasks_, [&](const auto& entry) {
        return entry.second.status == status && entry.second.finished_age &&
               *entry.second.finished_age < finished_before;
    });
    return {};
}

Result<void> MemoryCatalog::fault() const {
    if (broken) return Error(Code::unavailable, "disk is on fire");
    return {};
}

void MemoryCatalog::keep_version(Source source) {
    source.secret = Secret("");
    source.details = without_detail_secrets(source.details);
    source.retired.reset();
    source.deleted.reset();
    source.disabled.reset();
    source_versions_[source.key].emplace(source.version.number, source);
}

void MemoryCatalog::keep_version(Sink sink) {
    sink.deleted.reset();
    sink.disabled.reset();
    sink_versions_[sink.number].emplace(sink.version.number, sink);
}

}  // namespace millrace::fakes
