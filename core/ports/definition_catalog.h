#pragma once
// DefinitionCatalog: sources, sinks, their mapping snapshots and the tasks that change them.
//
// Thread   any; readers never wait for writers.
// Durable  every write is on disk when it returns (SQLite: WAL, synchronous=FULL).
// Errors   unavailable; conflict where said

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/model/mapping_snapshot.h"
#include "core/model/sink.h"
#include "core/model/source.h"
#include "core/model/target_table.h"
#include "core/model/task.h"

namespace millrace {

struct PageRequest {
    std::string after_id;  // exclusive
    std::uint32_t limit = 100;
};

template <typename T>
struct Page {
    std::vector<T> items;  // ordered by id, bytewise
    std::uint64_t total_count = 0;
};

struct VersionPageRequest {
    std::uint32_t after = 0;  // exclusive
    std::uint32_t limit = 100;
};

// How a task ends if the process stops after its edit was saved and before the task has ended.
struct TaskMark {
    ProjectId project;
    std::string id;
    std::string result;  // never empty
    std::string error;   // empty for a success
};

struct NewMapping {
    SinkVersion version;
    MappingSnapshot snapshot;
};

// What one edit changes, saved as a whole or not at all.
struct DefinitionEdit {
    // Inserted or replaced, and kept as a version too if the number of its version is a new one.
    std::optional<Source> source;
    std::vector<Sink> sinks;
    std::vector<NewMapping> mappings;
    std::optional<TaskMark> task = std::nullopt;  // kept with the task while that is processing
};

class DefinitionCatalog {
public:
    virtual ~DefinitionCatalog() = default;

    // Deleted ones too.
    virtual Result<std::optional<Source>> find_source(const SourceKey& key) = 0;
    virtual Result<std::optional<Sink>> find_sink(const SinkKey& key) = 0;

    // `sources`, `sinks` and `all_...`: not deleted.
    virtual Result<Page<Source>> sources(ProjectId project, BranchId branch,
                                         const PageRequest& page) = 0;
    virtual Result<Page<Sink>> sinks(const SourceKey& source, const PageRequest& page) = 0;
    virtual Result<Page<Source>> deleted_sources(ProjectId project, BranchId branch,
                                                 const PageRequest& page) = 0;
    virtual Result<Page<Sink>> deleted_sinks(const SourceKey& source, const PageRequest& page) = 0;
    virtual Result<std::vector<Source>> all_sources() = 0;
    virtual Result<std::vector<Sink>> all_sinks(const SourceKey& source) = 0;

    // Deleted ones too, in order of their ids.
    virtual Result<std::vector<Sink>> sinks_with_deleted(const SourceKey& source) = 0;
    // The tables that the sinks of the source, deleted ones too, have or have had. Each once.
    virtual Result<std::vector<TargetTable>> tables_written_by(const SourceKey& source) = 0;
    virtual Result<std::vector<SinkKey>> sinks_of_table(const TargetTable& table) = 0;
    virtual Result<std::map<SinkNumber, SinkKey>> sink_keys() = 0;

    // Versions in order of their numbers; the count is that of all versions after `page.after`.
    virtual Result<Page<Version>> source_versions(const SourceKey& source,
                                                  const VersionPageRequest& page) = 0;
    virtual Result<Page<Version>> sink_versions(SinkNumber sink,
                                                const VersionPageRequest& page) = 0;
    // What a version configures: name, description, settings and version are those of that time,
    // for a source its details too, for a sink target, table and columns; all else is not part of a
    // version and empty.
    virtual Result<std::optional<Source>> find_source_version(const SourceKey& source,
                                                              std::uint32_t number) = 0;
    virtual Result<std::optional<Sink>> find_sink_version(SinkNumber sink,
                                                          std::uint32_t number) = 0;

    // One transaction.
    // Errors  conflict: a mapping version exists already and is another one
    virtual Result<void> save(const DefinitionEdit& edit) = 0;

    Result<void> save_source(const Source& source, const std::vector<Sink>& sinks) {
        return save({.source = source, .sinks = sinks, .mappings = {}});
    }
    // With the snapshot of sink.mapping, when given.
    Result<void> save_sink(const Sink& sink, const std::optional<MappingSnapshot>& snapshot) {
        DefinitionEdit edit{.source = {}, .sinks = {sink}, .mappings = {}};
        if (snapshot) {
            edit.mappings.push_back({{.sink = sink.number, .mapping = sink.mapping}, *snapshot});
        }
        return save(edit);
    }

    // Forgets the source, its sinks, all their versions and before that their rejects. Mappings
    // stay: files may name them. After an error the source is there and rejects may be gone.
    virtual Result<void> remove_source(const SourceKey& source) = 0;

    // A number that no sink ever had or will get again.
    virtual Result<SinkNumber> next_sink_number() = 0;

    // Errors  not_found
    virtual Result<MappingSnapshot> mapping(const SinkVersion& version) = 0;
    // The highest mapping version of a sink; 0 if it has none.
    virtual Result<MappingVersion> newest_mapping(SinkNumber sink) = 0;

    virtual Result<void> save_task(const Task& task) = 0;
    virtual Result<std::optional<Task>> find_task(ProjectId project, const std::string& id) = 0;
    virtual Result<std::vector<Task>> unfinished_tasks() = 0;
    // Those that began last, newest first; with `status`, of these.
    virtual Result<std::vector<Task>> newest_tasks(ProjectId project,
                                                   std::optional<TaskStatus> status,
                                                   std::uint32_t limit) = 0;
    virtual Result<void> delete_tasks(TaskStatus status, AgeTime finished_before) = 0;
};

}  // namespace millrace
