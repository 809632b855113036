#pragma once
// MemoryCatalog: the definitions in memory, with the order and the pages of the real catalog; it
// fails when told to.

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/ports/definition_catalog.h"
#include "tests/support/effect_log.h"

namespace millrace::fakes {

class MemoryCatalog final : public DefinitionCatalog {
public:
    explicit MemoryCatalog(Log& log) : log_(log) {}

    Result<std::optional<Source>> find_source(const SourceKey& key) override;
    Result<std::optional<Sink>> find_sink(const SinkKey& key) override;
    Result<Page<Source>> sources(ProjectId project, BranchId branch,
                                 const PageRequest& request) override;
    Result<Page<Sink>> sinks(const SourceKey& key, const PageRequest& request) override;
    Result<std::vector<Source>> all_sources() override;
    Result<std::vector<Sink>> all_sinks(const SourceKey& source) override;
    Result<Page<Source>> deleted_sources(ProjectId project, BranchId branch,
                                         const PageRequest& request) override;
    Result<Page<Sink>> deleted_sinks(const SourceKey& key, const PageRequest& request) override;
    Result<std::vector<Sink>> sinks_with_deleted(const SourceKey& source) override;
    Result<std::vector<TargetTable>> tables_written_by(const SourceKey& source) override;
    Result<std::vector<SinkKey>> sinks_of_table(const TargetTable& table) override;
    Result<std::map<SinkNumber, SinkKey>> sink_keys() override;
    Result<Page<Version>> source_versions(const SourceKey& source,
                                          const VersionPageRequest& request) override;
    Result<Page<Version>> sink_versions(SinkNumber sink,
                                        const VersionPageRequest& request) override;
    Result<std::optional<Source>> find_source_version(const SourceKey& source,
                                                      std::uint32_t number) override;
    Result<std::optional<Sink>> find_sink_version(SinkNumber sink, std::uint32_t number) override;
    Result<void> save(const DefinitionEdit& edit) override;
    Result<void> remove_source(const SourceKey& source) override;
    Result<SinkNumber> next_sink_number() override;
    Result<MappingSnapshot> mapping(const SinkVersion& version) override;
    Result<MappingVersion> newest_mapping(SinkNumber sink) override;
    Result<void> save_task(const Task& task) override;
    Result<std::optional<Task>> find_task(ProjectId project, const std::string& id) override;
    Result<std::vector<Task>> unfinished_tasks() override;
    Result<std::vector<Task>> newest_tasks(ProjectId project, std::optional<TaskStatus> status,
                                           std::uint32_t limit) override;
    Result<void> delete_tasks(TaskStatus status, AgeTime finished_before) override;

    bool broken = false;         // everything fails
    int failing_task_saves = 0;  // results of tasks that cannot be saved

private:
    Result<void> fault() const;
    // A version has no secret and none of the states.
    void keep_version(Source source);
    void keep_version(Sink sink);

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

}  // namespace millrace::fakes
