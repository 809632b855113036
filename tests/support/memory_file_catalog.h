#pragma once
// MemoryFileCatalog: of the lifecycle catalog only what statistics and receipts need.

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/ports/file_catalog.h"

namespace millrace::fakes {

class MemoryFileCatalog final : public FileCatalog {
public:
    Result<void> record_sealed(const OpenSlice&) override { return {}; }
    Result<void> close_file(const OpenFile&) override { return {}; }
    Result<void> record_reports(const std::vector<OpenSlice>&,
                                const std::vector<OpenFile>&) override {
        return {};
    }
    Result<std::optional<Slice>> find_slice(SliceId id) override;
    Result<std::optional<File>> find_file(FileId id) override;
    Result<std::vector<OpenFile>> writing_files(const VolumeId&) override;
    Result<Uuid> newest_waiting(const VolumeId&) override { return Uuid{}; }
    Result<void> record_lost(const VolumeId&, BatchNumber, BatchNumber) override { return {}; }
    Result<bool> is_lost(const Ticket& ticket, SinkNumber) override;
    Result<std::vector<Slice>> slices_with(SinkNumber sink, const Ticket& ticket) override;
    Result<std::vector<Slice>> slices_to_upload(WallTime, std::uint32_t) override;
    Result<std::vector<File>> files_to_import(WallTime, std::uint32_t) override;
    Result<std::vector<Slice>> slices_of(FileId) override;
    Result<void> mark_uploading(SliceId) override { return {}; }
    Result<bool> mark_uploaded(SliceId, const StagedObject&) override { return true; }
    Result<void> mark_importing(FileId) override { return {}; }
    Result<void> set_aside(FileId, const std::string&, WallTime) override { return {}; }
    Result<void> set_slices_aside(const SplitFile&) override { return {}; }
    Result<void> restore_file(FileId, KnownKeys) override { return {}; }
    Result<void> discard_file(FileId) override { return {}; }
    Result<void> mark_imported(FileId, const Instant&) override { return {}; }
    Result<void> mark_all_imported(const std::vector<FileId>&, const Instant&) override {
        return {};
    }
    Result<void> retry_slice(SliceId, const Retry&) override { return {}; }
    Result<void> retry_file(FileId, const Retry&) override { return {}; }
    Result<Leftovers> leftovers(const LeftoversPage&) override { return Leftovers{}; }
    Result<void> mark_local_removed(SliceId) override { return {}; }
    Result<void> mark_staged_removed(SliceId) override { return {}; }
    Result<std::vector<SliceId>> removed_slices(const VolumeId&) override;
    Result<std::vector<File>> forgettable_files(const VolumeId&, AgeTime, Sequence,
                                                std::uint32_t) override;
    Result<void> delete_imported(const std::vector<File>&) override { return {}; }
    Result<SinkStatistics> statistics(SinkNumber sink) override;
    Result<std::vector<NumberedStatistics>> all_statistics() override;
    Result<std::vector<RowsToImport>> rows_to_import() override;
    Result<std::map<VolumeId, std::uint64_t>> rows_to_import_by_volume() override;

    std::map<SinkNumber, SinkStatistics> by_sink;
    std::map<SinkVersion, std::uint64_t> staged;  // rows, in staging beside those of by_sink
    std::map<SliceId, Slice> slices;
    std::map<FileId, File> files;
    std::set<BatchNumber> lost;
    std::function<void()> after_statistics;  // called once
};

}  // namespace millrace::fakes
