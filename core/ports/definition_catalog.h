#pragma once
// DefinitionCatalog: sources, sinks, their mapping snapshots and the tasks that change them.
//
// Thread   any; readers never wait for writers.
// Durable  every write is on disk when it returns (SQLite: WAL, synchronous=FULL).
// Errors   unavailable; conflict where said

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/model/mapping_snapshot.h"
#include "core/model/sink.h"
#include "core/model/source.h"
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

class DefinitionCatalog {
public:
    virtual ~DefinitionCatalog() = default;

    // Deleted ones too.
    virtual Result<std::optional<Source>> find_source(const SourceKey& key) = 0;
    virtual Result<std::optional<Sink>> find_sink(const SinkKey& key) = 0;

    // Not deleted.
    virtual Result<Page<Source>> sources(ProjectId project, BranchId branch, const PageRequest& page) = 0;
    virtual Result<Page<Sink>> sinks(const SourceKey& source, const PageRequest& page) = 0;
    virtual Result<std::vector<Source>> all_sources() = 0;
    virtual Result<std::vector<Sink>> all_sinks(const SourceKey& source) = 0;

    // Inserts or replaces the source, its new version and the given sinks (cascades) in one transaction.
    virtual Result<void> save_source(const Source& source, const std::vector<Sink>& sinks) = 0;

    // Inserts or replaces the sink and, when given, the snapshot of sink.mapping, in one transaction.
    virtual Result<void> save_sink(const Sink& sink, const std::optional<MappingSnapshot>& snapshot) = 0;

    // A number that no sink ever had or will get again.
    virtual Result<SinkNumber> next_sink_number() = 0;

    // Errors  not_found
    virtual Result<MappingSnapshot> mapping(const SinkVersion& version) = 0;
    // The highest mapping version of a sink; 0 if it has none.
    virtual Result<MappingVersion> newest_mapping(SinkNumber sink) = 0;
    // Adds a snapshot without changing the sink's definition (a setting of its source changed).
    virtual Result<void> save_mapping(const SinkVersion& version, const MappingSnapshot& snapshot) = 0;

    virtual Result<void> save_task(const Task& task) = 0;
    virtual Result<std::optional<Task>> find_task(ProjectId project, const std::string& id) = 0;
    virtual Result<std::vector<Task>> unfinished_tasks() = 0;
    virtual Result<void> delete_tasks(TaskStatus status, WallTime finished_before) = 0;
};

}  // namespace millrace
