#pragma once
// Definitions: sources, sinks, mapping snapshots and tasks in catalog.sqlite.
//
// Each state of a source or sink is also kept as a version row, which is never changed.

#include <functional>

#include "core/ports/definition_catalog.h"
#include "core/ports/secret_store.h"
#include "storage/catalog/connections.h"

namespace millrace::catalog {

class Definitions : public DefinitionCatalog {
public:
    // `secrets` seals and opens the secrets of sources.
    Definitions(Connections& connections, const SecretStore& secrets)
        : connections_(connections), secrets_(secrets) {}

    Result<std::optional<Source>> find_source(const SourceKey& key) override;
    Result<std::optional<Sink>> find_sink(const SinkKey& key) override;
    Result<Page<Source>> sources(ProjectId project, BranchId branch,
                                 const PageRequest& page) override;
    Result<Page<Sink>> sinks(const SourceKey& source, const PageRequest& page) override;
    Result<Page<Source>> deleted_sources(ProjectId project, BranchId branch,
                                         const PageRequest& page) override;
    Result<Page<Sink>> deleted_sinks(const SourceKey& source, const PageRequest& page) override;
    Result<std::vector<Source>> all_sources() override;
    Result<std::vector<Sink>> all_sinks(const SourceKey& source) override;
    Result<std::vector<Sink>> sinks_with_deleted(const SourceKey& source) override;
    Result<std::vector<TargetTable>> tables_written_by(const SourceKey& source) override;
    Result<std::vector<SinkKey>> sinks_of_table(const TargetTable& table) override;
    Result<std::map<SinkNumber, SinkKey>> sink_keys() override;
    Result<Page<Version>> source_versions(const SourceKey& source,
                                          const VersionPageRequest& page) override;
    Result<Page<Version>> sink_versions(SinkNumber sink, const VersionPageRequest& page) override;
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

private:
    std::function<Result<Source>(sqlite::Row)> source_reader() const;
    // Sources and sinks of which `deleted` is (not) null.
    Result<Page<Source>> page_of_sources(ProjectId project, BranchId branch,
                                         const PageRequest& page, bool deleted);
    Result<Page<Sink>> page_of_sinks(const SourceKey& source, const PageRequest& page,
                                     bool deleted);

    Connections& connections_;
    const SecretStore& secrets_;
};

}  // namespace millrace::catalog
