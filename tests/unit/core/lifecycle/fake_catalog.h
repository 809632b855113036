#pragma once
// FakeCatalog: the file catalog in memory. It checks that a level is deleted only after the next
// one has the rows, and that no step is done again after a later one, which the real one would
// allow.
//
// See  tests/conformance/file_catalog_suite.h

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "core/ports/file_catalog.h"
#include "core/ports/old_files.h"
#include "core/ports/refused_row_store.h"
#include "tests/unit/core/lifecycle/unreliable.h"

namespace millrace::test {

class FakeCatalog : public FileCatalog, public RefusedRowStore, public OldFiles {
public:
    explicit FakeCatalog(Unreliable& fate) : fate_(fate) {}

    struct Row {
        Slice slice;
        bool local_left = true;
        bool staged_left = false;
    };
    struct FileRow {
        File file;
        AgeTime imported_at;
        std::optional<FileId> whole = {};
    };
    std::map<SliceId, Row> slices;
    std::map<FileId, FileRow> files;
    std::set<std::tuple<VolumeId, BatchNumber, BatchNumber>> lost;
    std::map<FileId, std::vector<RefusedRow>> refused;  // of files that are not imported
    std::map<SinkNumber, std::vector<RefusedRow>> rejects;
    std::map<FileId, std::string> covered;  // the notes of files; all are of one owner
    std::set<FileId> loads;                 // the files that are of one
    std::set<FileId> keeping;               // files restored with KnownKeys::keep
    int lists = 0;                          // calls of slices_to_upload()

    Result<void> record_sealed(const OpenSlice& slice) override;
    Result<void> close_file(const OpenFile& closed) override;
    Result<void> record_reports(const std::vector<OpenSlice>& sealed,
                                const std::vector<OpenFile>& closed) override;
    Result<std::optional<Slice>> find_slice(SliceId id) override;
    Result<std::optional<File>> find_file(FileId id) override;
    Result<std::vector<OpenFile>> writing_files(const VolumeId& volume) override;
    Result<Uuid> newest_waiting(const VolumeId& volume) override;
    Result<std::vector<Slice>> slices_to_upload(WallTime now, std::uint32_t limit) override;
    Result<std::vector<File>> files_to_import(WallTime now, std::uint32_t limit) override;
    Result<std::vector<File>> files_behind(const File& first, WallTime now,
                                           std::uint32_t limit) override;
    Result<std::vector<Slice>> slices_of(FileId file) override;
    Result<void> mark_uploading(SliceId id) override;
    Result<bool> mark_uploaded(SliceId id, const StagedObject& object) override;
    Result<void> mark_importing(FileId id) override;
    Result<void> set_aside(FileId id, const std::string& reason, WallTime now) override;
    Result<void> set_slices_aside(const SplitFile& split) override;
    Result<void> restore_file(FileId id, KnownKeys known) override;
    Result<void> discard_file(FileId id) override;
    Result<void> mark_imported(FileId id, const Instant& now) override;
    Result<void> mark_all_imported(const std::vector<FileId>& all, const Instant& now) override;
    Result<void> retry_slice(SliceId id, const Retry& retry) override;
    Result<void> retry_file(FileId id, const Retry& retry) override;
    Result<Leftovers> leftovers(const LeftoversPage& page) override;
    Result<void> mark_local_removed(SliceId id) override;
    Result<void> mark_staged_removed(SliceId id) override;
    Result<std::vector<SliceId>> removed_slices(const VolumeId& volume) override;
    Result<std::vector<File>> forgettable_files(const VolumeId& volume, AgeTime before,
                                                Sequence checkpointed,
                                                std::uint32_t limit) override;
    Result<void> delete_imported(const std::vector<File>& imported) override;
    Result<void> record_lost(const VolumeId& volume, BatchNumber first, BatchNumber last) override;
    Result<bool> is_lost(const Ticket& ticket, SinkNumber) override;
    Result<std::vector<Slice>> slices_with(SinkNumber sink, const Ticket& ticket) override;
    Result<SinkStatistics> statistics(SinkNumber sink) override;
    Result<std::vector<NumberedStatistics>> all_statistics() override;
    Result<std::vector<RowsToImport>> rows_to_import() override;
    Result<std::map<VolumeId, std::uint64_t>> rows_to_import_by_volume() override;

    Result<RefusedRows> refused_rows(FileId file) override;
    Result<void> record_refused(FileId file, const std::vector<RefusedRow>& rows) override;

    Result<std::vector<FileId>> waiting_files(FileId, std::uint32_t) override {
        return std::vector<FileId>();
    }
    Result<std::vector<File>> unfinished_files(FileId after, std::uint32_t limit) override;

    std::function<void()> before_uploaded = [] {};  // at the start of mark_uploaded()

    // Set by the other fakes: how the catalog's promises are checked.
    std::function<bool(const std::string& key)> is_staged = [](const auto&) { return false; };
    std::function<bool(FileId file)> is_in_target = [](FileId) { return true; };
    bool expects_progress = true;  // a step after a later one fails the test

private:
    void add_sealed(const OpenSlice& slice);
    void close(const OpenFile& closed);
    File& open_file(FileId id, const SinkVersion& sink, WallTime opened_at, const VolumeId& volume);
    std::vector<Slice> of(FileId file) const;
    bool has_waiting_part(const FileRow& row) const;
    Result<Row*> row_of(SliceId id);
    Result<FileRow*> row_of(FileId id);
    bool all_uploaded(FileId id, const File& file) const;
    Result<void> import(FileId id, const Instant& now);
    void expect_progress(bool holds, const char* problem) const;

    Unreliable& fate_;
    std::map<SinkNumber, LevelStatistics> imported_;
};

}  // namespace millrace::test
