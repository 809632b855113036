#include "tests/unit/core/lifecycle/fake_catalog.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

namespace millrace::test {

void FakeCatalog::add_sealed(const OpenSlice& slice) {
    const auto& opening = slice.opening;
    auto& file = open_file(opening.file, opening.sink, opening.opened_at, opening.volume);
    if (slices.contains(slice.opening.slice)) return;
    EXPECT_LT(file.state, FileState::importing) << "a slice came after its file's import began";
    slices[slice.opening.slice].slice = {.opening = slice.opening,
                                         .content = slice.content,
                                         .state = SliceState::closing,
                                         .staged = {},
                                         .retry = {}};
}

void FakeCatalog::close(const OpenFile& closed) {
    auto& file = open_file(closed.id, closed.sink, closed.opened_at, closed.volume);
    if (file.state != FileState::writing) return;
    file.state = FileState::closing;
    file.slices = closed.slices;
}

Result<void> FakeCatalog::record_sealed(const OpenSlice& slice) {
    return fate_.run("record_sealed", [&]() -> Result<void> {
        add_sealed(slice);
        return {};
    });
}

Result<void> FakeCatalog::close_file(const OpenFile& closed) {
    return fate_.run("close_file", [&]() -> Result<void> {
        close(closed);
        return {};
    });
}

Result<void> FakeCatalog::record_reports(const std::vector<OpenSlice>& sealed,
                                         const std::vector<OpenFile>& closed) {
    return fate_.run("record_reports", [&]() -> Result<void> {
        for (const auto& slice : sealed) add_sealed(slice);
        for (const auto& file : closed) close(file);
        return {};
    });
}

Result<std::optional<Slice>> FakeCatalog::find_slice(SliceId id) {
    const auto found = slices.find(id);
    return found == slices.end() ? std::optional<Slice>() : found->second.slice;
}

Result<std::optional<File>> FakeCatalog::find_file(FileId id) {
    const auto found = files.find(id);
    return found == files.end() ? std::optional<File>() : found->second.file;
}

Result<std::vector<OpenFile>> FakeCatalog::writing_files(const VolumeId& volume) {
    using Found = Result<std::vector<OpenFile>>;
    return fate_.run("writing_files", [&]() -> Found {
        std::vector<OpenFile> found;
        for (const auto& [id, row] : files) {
            if (row.file.state != FileState::writing || row.file.volume != volume) continue;
            OpenFile file;
            file.id = id;
            file.sink = row.file.sink;
            file.opened_at = row.file.opened_at;
            for (const auto& slice : of(id)) {
                ++file.slices;
                file.rows += slice.content.rows;
                file.bytes += slice.content.bytes;
            }
            found.push_back(file);
        }
        return found;
    });
}

Result<std::vector<Slice>> FakeCatalog::slices_to_upload(WallTime now, std::uint32_t limit) {
    ++lists;
    return fate_.run("slices_to_upload", [&]() -> Result<std::vector<Slice>> {
        std::map<SinkNumber, std::uint32_t> turns;
        std::multimap<std::uint32_t, Slice> by_turn;
        for (const auto& [id, row] : slices) {
            if (row.slice.state < SliceState::uploaded && is_due(row.slice.retry, now)) {
                by_turn.emplace(++turns[row.slice.opening.sink.sink], row.slice);
            }
        }
        std::vector<Slice> due;
        for (const auto& [turn, slice] : by_turn) {
            if (due.size() < limit) due.push_back(slice);
        }
        return due;
    });
}

Result<std::vector<File>> FakeCatalog::files_to_import(WallTime now, std::uint32_t limit) {
    return fate_.run("files_to_import", [&]() -> Result<std::vector<File>> {
        std::vector<File> due;
        std::set<std::pair<SinkNumber, VolumeId>> seen;  // only the oldest file of a sink
        for (const auto& [id, row] : files) {
            const auto& file = row.file;
            if (file.state == FileState::imported ||
                !seen.insert({file.sink.sink, file.volume}).second) {
                continue;
            }
            const auto parts = of(id);
            const bool staged = std::all_of(parts.begin(), parts.end(), [](const Slice& slice) {
                return slice.state == SliceState::uploaded;
            });
            if (file.state != FileState::writing && staged && parts.size() == file.slices &&
                is_due(file.retry, now) && due.size() < limit) {
                due.push_back(file);
                for (const auto& slice : parts) due.back().bytes += slice.content.bytes;
            }
        }
        return due;
    });
}

Result<std::vector<Slice>> FakeCatalog::slices_of(FileId file) {
    return fate_.run("slices_of", [&]() -> Result<std::vector<Slice>> { return of(file); });
}

Result<void> FakeCatalog::mark_uploading(SliceId id) {
    return fate_.run("mark_uploading", [&]() -> Result<void> {
        auto& slice = slices.at(id).slice;
        EXPECT_LT(slice.state, SliceState::uploaded) << "a finished upload was started again";
        slice.state = SliceState::uploading;
        return {};
    });
}

Result<bool> FakeCatalog::mark_uploaded(SliceId id, const StagedObject& object) {
    return fate_.run("mark_uploaded", [&]() -> Result<bool> {
        before_uploaded();
        auto& row = slices.at(id);
        if (row.slice.state > SliceState::uploading) return row.slice.staged == object;
        EXPECT_EQ(row.slice.state, SliceState::uploading);
        EXPECT_TRUE(is_staged(object.key)) << "recorded as uploaded, and staging does not have it";
        row.slice.state = SliceState::uploaded;
        row.slice.staged = object;
        row.staged_left = true;
        return true;
    });
}

Result<void> FakeCatalog::mark_importing(FileId id) {
    return fate_.run("mark_importing", [&]() -> Result<void> {
        auto& file = files.at(id).file;
        EXPECT_TRUE(file.state == FileState::closing || file.state == FileState::importing);
        file.state = FileState::importing;
        return {};
    });
}

Result<void> FakeCatalog::mark_imported(FileId id, const Instant& now) {
    return fate_.run("mark_imported", [&]() -> Result<void> {
        auto& row = files.at(id);
        EXPECT_EQ(row.file.state, FileState::importing);
        EXPECT_TRUE(of(id).empty() || is_in_target(id)) << "imported, and not in the target";
        row.file.state = FileState::imported;
        row.imported_at = now.age;
        for (auto& [slice, slice_row] : slices) {
            if (slice_row.slice.opening.file == id) slice_row.slice.state = SliceState::imported;
        }
        return {};
    });
}

Result<void> FakeCatalog::retry_slice(SliceId id, const Retry& retry) {
    return fate_.run("retry_slice", [&]() -> Result<void> {
        slices.at(id).slice.retry = retry;
        return {};
    });
}

Result<void> FakeCatalog::retry_file(FileId id, const Retry& retry) {
    return fate_.run("retry_file", [&]() -> Result<void> {
        files.at(id).file.retry = retry;
        return {};
    });
}

Result<FileCatalog::Leftovers> FakeCatalog::leftovers(const LeftoversPage& page) {
    return fate_.run("leftovers", [&]() -> Result<Leftovers> {
        Leftovers found;
        for (const auto& [id, row] : slices) {
            if (row.local_left && row.slice.state >= SliceState::uploaded &&
                id > page.after_local && found.local.size() < page.limit) {
                found.local.push_back({.volume = row.slice.opening.volume, .slice = id});
            }
            if (row.staged_left && row.slice.state == SliceState::imported &&
                id > page.after_staged && found.staged.size() < page.limit) {
                found.staged.emplace_back(id, row.slice.staged);
            }
        }
        return found;
    });
}

Result<void> FakeCatalog::mark_local_removed(SliceId id) {
    return fate_.run("mark_local_removed", [&]() -> Result<void> {
        slices.at(id).local_left = false;
        return {};
    });
}

Result<void> FakeCatalog::mark_staged_removed(SliceId id) {
    return fate_.run("mark_staged_removed", [&]() -> Result<void> {
        slices.at(id).staged_left = false;
        return {};
    });
}

Result<std::vector<SliceId>> FakeCatalog::removed_slices(const VolumeId&) {
    return std::vector<SliceId>();
}

Result<std::vector<File>> FakeCatalog::forgettable_files(const VolumeId& volume, AgeTime before,
                                                         Sequence checkpointed,
                                                         std::uint32_t limit) {
    return fate_.run("forgettable_files", [&]() -> Result<std::vector<File>> {
        std::vector<File> found;
        for (const auto& [id, row] : files) {
            const auto parts = of(id);
            const bool is_done = std::all_of(parts.begin(), parts.end(), [&](const Slice& slice) {
                const auto& left = slices.at(slice.opening.slice);
                return !left.local_left && !left.staged_left &&
                       slice.content.last_sequence <= checkpointed;
            });
            if (row.file.state == FileState::imported && is_done && row.imported_at < before &&
                row.file.volume == volume && found.size() < limit) {
                found.push_back(row.file);
            }
        }
        return found;
    });
}

Result<void> FakeCatalog::delete_imported(const std::vector<File>& imported) {
    return fate_.run("delete_imported", [&]() -> Result<void> {
        for (const auto& file : imported) {
            for (const auto& slice : of(file.id)) slices.erase(slice.opening.slice);
            files.erase(file.id);
        }
        return {};
    });
}

Result<void> FakeCatalog::record_lost(const VolumeId& volume, BatchNumber first, BatchNumber last) {
    return fate_.run("record_lost", [&]() -> Result<void> {
        lost.emplace(volume, first, last);
        return {};
    });
}

Result<bool> FakeCatalog::is_lost(const Ticket&, SinkNumber) {
    return false;
}

Result<std::vector<Slice>> FakeCatalog::slices_with(SinkNumber, const Ticket&) {
    return std::vector<Slice>();
}

Result<std::vector<FileCatalog::NumberedStatistics>> FakeCatalog::all_statistics() {
    return std::vector<NumberedStatistics>{};
}

Result<std::vector<FileCatalog::RowsToImport>> FakeCatalog::rows_to_import() {
    return std::vector<RowsToImport>{};
}

Result<std::map<VolumeId, std::uint64_t>> FakeCatalog::rows_to_import_by_volume() {
    return std::map<VolumeId, std::uint64_t>{};
}

File& FakeCatalog::open_file(FileId id, const SinkVersion& sink, WallTime opened_at,
                             const VolumeId& volume) {
    auto& row = files[id];
    row.file.id = id;
    row.file.sink = sink;
    row.file.opened_at = opened_at;
    row.file.volume = volume;
    return row.file;
}

std::vector<Slice> FakeCatalog::of(FileId file) const {
    std::vector<Slice> found;
    for (const auto& [id, row] : slices) {
        if (row.slice.opening.file == file) found.push_back(row.slice);
    }
    return found;
}

}  // namespace millrace::test
