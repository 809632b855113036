#pragma once
// Definitions: sources, sinks, mapping snapshots and tasks in catalog.sqlite.
//
// Each state of a source or sink is also kept as a version row, which is never changed.

#include "core/ports/definition_catalog.h"
#include "storage/catalog/connections.h"

namespace millrace::catalog {

class Definitions : public DefinitionCatalog {
public:
    explicit Definitions(Connections& connections) : connections_(connections) {}

    Result<std::optional<Source>> find_source(const SourceKey& key) override;
    Result<std::optional<Sink>> find_sink(const SinkKey& key) override;
    Result<Page<Source>> sources(ProjectId project, BranchId branch,
                                 const PageRequest& page) override;
    Result<Page<Sink>> sinks(const SourceKey& source, const PageRequest& page) override;
    Result<std::vector<Source>> all_sources() override;
    Result<std::vector<Sink>> all_sinks(const SourceKey& source) override;
    Result<void> save_source(const Source& source, const std::vector<Sink>& sinks) override;

    // Errors  conflict: the mapping version exists already and is another one
    Result<void> save_sink(const Sink& sink,
                           const std::optional<MappingSnapshot>& snapshot) override;
    Result<SinkNumber> next_sink_number() override;

    Result<MappingSnapshot> mapping(const SinkVersion& version) override;
    Result<MappingVersion> newest_mapping(SinkNumber sink) override;
    // Errors  conflict: the mapping version exists already and is another one
    Result<void> save_mapping(const SinkVersion& version, const MappingSnapshot& snapshot) override;

    Result<void> save_task(const Task& task) override;
    Result<std::optional<Task>> find_task(ProjectId project, const std::string& id) override;
    Result<std::vector<Task>> unfinished_tasks() override;
    Result<void> delete_tasks(TaskStatus status, WallTime finished_before) override;

private:
    Connections& connections_;
};

}  // namespace millrace::catalog
