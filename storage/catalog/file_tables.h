#pragma once
// FileTables: slices and files from sealing on, and the totals of what was imported, in
// catalog.sqlite.
//
// Files and slices are forgotten some time after their import; totals of a sink stay for ever.
// Errors  not_found: the slice or file is not known; conflict: it is not in a state that allows the
// step

#include "core/ports/file_catalog.h"
#include "storage/catalog/connections.h"

namespace millrace::catalog {

class FileTables : public FileCatalog {
public:
    explicit FileTables(Connections& connections) : connections_(connections) {}

    Result<void> record_sealed(const OpenSlice& slice) override;
    Result<void> close_file(const OpenFile& file) override;
    Result<void> record_reports(const std::vector<OpenSlice>& sealed,
                                const std::vector<OpenFile>& closed) override;

    Result<std::optional<Slice>> find_slice(SliceId slice) override;
    Result<std::optional<File>> find_file(FileId file) override;
    Result<std::vector<OpenFile>> writing_files(const VolumeId& volume) override;
    Result<Uuid> newest_waiting(const VolumeId& volume) override;

    Result<std::vector<Slice>> slices_to_upload(WallTime now, std::uint32_t limit) override;
    Result<std::vector<File>> files_to_import(WallTime now, std::uint32_t limit) override;
    Result<std::vector<File>> files_behind(const File& first, WallTime now,
                                           std::uint32_t limit) override;
    Result<std::vector<Slice>> slices_of(FileId file) override;

    Result<void> mark_uploading(SliceId slice) override;
    Result<bool> mark_uploaded(SliceId slice, const StagedObject& object) override;
    Result<void> mark_importing(FileId file) override;
    Result<void> set_aside(FileId file, const std::string& reason, WallTime now) override;
    Result<void> set_slices_aside(const SplitFile& split) override;
    Result<void> restore_file(FileId file, KnownKeys known) override;
    Result<void> discard_file(FileId file) override;
    // Errors  conflict: not all slices of the file are uploaded
    Result<void> mark_imported(FileId file, const Instant& now) override;
    Result<void> mark_all_imported(const std::vector<FileId>& files, const Instant& now) override;

    Result<void> retry_slice(SliceId slice, const Retry& retry) override;
    Result<void> retry_file(FileId file, const Retry& retry) override;

    Result<Leftovers> leftovers(const LeftoversPage& page) override;
    Result<void> mark_local_removed(SliceId slice) override;
    Result<void> mark_staged_removed(SliceId slice) override;
    Result<std::vector<SliceId>> removed_slices(const VolumeId& volume) override;
    Result<std::vector<File>> forgettable_files(const VolumeId& volume, AgeTime before,
                                                Sequence checkpointed,
                                                std::uint32_t limit) override;
    Result<void> delete_imported(const std::vector<File>& files) override;

    Result<void> record_lost(const VolumeId& volume, BatchNumber first, BatchNumber last) override;
    Result<bool> is_lost(const Ticket& ticket, SinkNumber sink) override;
    Result<std::vector<Slice>> slices_with(SinkNumber sink, const Ticket& ticket) override;

    Result<SinkStatistics> statistics(SinkNumber sink) override;
    Result<std::vector<NumberedStatistics>> all_statistics() override;
    Result<std::vector<RowsToImport>> rows_to_import() override;
    Result<std::map<VolumeId, std::uint64_t>> rows_to_import_by_volume() override;

    // Rows of slices that are uploaded and not imported, by where they are.
    Result<std::map<StagingName, std::uint64_t>> rows_by_staging();

private:
    Connections& connections_;
};

}  // namespace millrace::catalog
