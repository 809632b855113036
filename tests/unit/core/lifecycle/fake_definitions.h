#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/ports/definition_catalog.h"
#include "tests/unit/core/lifecycle/unreliable.h"

namespace millrace::test {

// Knows mapping snapshots and nothing else.
class FakeDefinitions : public DefinitionCatalog {
public:
    explicit FakeDefinitions(Unreliable& fate) : fate_(fate) {}
    std::map<SinkVersion, MappingSnapshot> snapshots;
    int asked = 0;

    Result<MappingSnapshot> mapping(const SinkVersion& version) override;

    static Error none() { return Error(Code::internal, "not in this fake"); }
    Result<std::optional<Source>> find_source(const SourceKey&) override {
        return std::optional<Source>();
    }
    Result<std::optional<Sink>> find_sink(const SinkKey&) override { return std::optional<Sink>(); }
    Result<Page<Source>> sources(ProjectId, BranchId, const PageRequest&) override {
        return none();
    }
    Result<Page<Sink>> sinks(const SourceKey&, const PageRequest&) override { return none(); }
    Result<std::vector<Source>> all_sources() override { return none(); }
    Result<std::vector<Sink>> all_sinks(const SourceKey&) override { return none(); }
    Result<Page<Source>> deleted_sources(ProjectId, BranchId, const PageRequest&) override {
        return none();
    }
    Result<Page<Sink>> deleted_sinks(const SourceKey&, const PageRequest&) override {
        return none();
    }
    Result<std::vector<Sink>> sinks_with_deleted(const SourceKey&) override { return none(); }
    Result<std::vector<TargetTable>> tables_written_by(const SourceKey&) override { return none(); }
    Result<std::vector<SinkKey>> sinks_of_table(const TargetTable&) override { return none(); }
    Result<std::map<SinkNumber, SinkKey>> sink_keys() override { return none(); }
    Result<Page<Version>> source_versions(const SourceKey&, const VersionPageRequest&) override {
        return none();
    }
    Result<Page<Version>> sink_versions(SinkNumber, const VersionPageRequest&) override {
        return none();
    }
    Result<std::optional<Source>> find_source_version(const SourceKey&, std::uint32_t) override {
        return none();
    }
    Result<std::optional<Sink>> find_sink_version(SinkNumber, std::uint32_t) override {
        return none();
    }
    Result<void> save(const DefinitionEdit&) override { return none(); }
    Result<void> remove_source(const SourceKey&) override { return none(); }
    Result<SinkNumber> next_sink_number() override { return none(); }
    Result<MappingVersion> newest_mapping(SinkNumber) override { return none(); }
    Result<void> save_task(const Task&) override { return none(); }
    Result<std::optional<Task>> find_task(ProjectId, const std::string&) override { return none(); }
    Result<std::vector<Task>> unfinished_tasks() override { return none(); }
    Result<std::vector<Task>> newest_tasks(ProjectId, std::optional<TaskStatus>,
                                           std::uint32_t) override {
        return none();
    }
    Result<void> delete_tasks(TaskStatus, AgeTime) override { return none(); }

private:
    Unreliable& fate_;
};

}  // namespace millrace::test
