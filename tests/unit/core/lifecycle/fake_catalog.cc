#include "tests/unit/core/lifecycle/fake_catalog.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

namespace millrace::test {
namespace {

bool is_ended(FileState state) {
    return state == FileState::imported || state == FileState::discarded;
}

}  // namespace

void FakeCatalog::add_sealed(const OpenSlice& slice) {
    const auto& opening = slice.opening;
    auto& file = open_file(opening.file, opening.sink, opening.opened_at, opening.volume);
    if (slices.contains(slice.opening.slice)) return;
    expect_progress(file.state != FileState::importing && file.state != FileState::imported,
                    "a slice came after its file's import began");
    const bool is_discarded = file.state == FileState::discarded;
    slices[slice.opening.slice].slice = {
        .opening = slice.opening,
        .content = slice.content,
        .state = is_discarded ? SliceState::discarded : SliceState::closing,
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
            file.volume = row.file.volume;
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
            if (file.state >= FileState::imported ||
                !seen.insert({file.sink.sink, file.volume}).second) {
                continue;
            }
            if (file.state != FileState::writing && all_uploaded(id, file) &&
                is_due(file.retry, now) && due.size() < limit) {
                due.push_back(file);
                for (const auto& slice : of(id)) due.back().bytes += slice.content.bytes;
            }
        }
        return due;
    });
}

// Ids are in the order of the queue here.
Result<std::vector<File>> FakeCatalog::files_behind(const File& first, WallTime now,
                                                    std::uint32_t limit) {
    return fate_.run("files_behind", [&]() -> Result<std::vector<File>> {
        std::vector<File> behind;
        for (auto next = files.upper_bound(first.id); next != files.end(); ++next) {
            const auto& file = next->second.file;
            const bool is_of_queue =
                file.sink.sink == first.sink.sink && file.volume == first.volume;
            if (!is_of_queue || file.state >= FileState::imported) continue;
            if (file.sink != first.sink || file.state == FileState::writing ||
                !all_uploaded(next->first, file) || !is_due(file.retry, now) ||
                behind.size() == limit) {
                break;
            }
            behind.push_back(file);
            for (const auto& slice : of(next->first)) behind.back().bytes += slice.content.bytes;
        }
        return behind;
    });
}

Result<std::vector<Slice>> FakeCatalog::slices_of(FileId file) {
    return fate_.run("slices_of", [&]() -> Result<std::vector<Slice>> { return of(file); });
}

Result<void> FakeCatalog::mark_uploading(SliceId id) {
    return fate_.run("mark_uploading", [&]() -> Result<void> {
        TRY_ASSIGN(auto* const row, row_of(id));
        auto& state = row->slice.state;
        expect_progress(state < SliceState::uploaded, "a finished upload was started again");
        if (state < SliceState::uploaded) state = SliceState::uploading;
        return {};
    });
}

Result<bool> FakeCatalog::mark_uploaded(SliceId id, const StagedObject& object) {
    return fate_.run("mark_uploaded", [&]() -> Result<bool> {
        before_uploaded();
        TRY_ASSIGN(auto* const row, row_of(id));
        if (row->slice.state > SliceState::uploading) return row->slice.staged == object;
        EXPECT_EQ(row->slice.state, SliceState::uploading);
        EXPECT_TRUE(is_staged(object.key)) << "recorded as uploaded, and staging does not have it";
        row->slice.state = SliceState::uploaded;
        row->slice.staged = object;
        row->slice.retry = {};
        row->local_left = true;  // a removal recorded before does not count
        row->staged_left = true;
        return true;
    });
}

Result<void> FakeCatalog::mark_importing(FileId id) {
    return fate_.run("mark_importing", [&]() -> Result<void> {
        TRY_ASSIGN(auto* const row, row_of(id));
        auto& state = row->file.state;
        if (state == FileState::writing) return Error(Code::conflict, "it still takes rows");
        if (state > FileState::imported) return Error(Code::conflict, "it is set aside");
        expect_progress(state != FileState::imported, "an imported file is imported again");
        if (state == FileState::closing) state = FileState::importing;
        return {};
    });
}

Result<void> FakeCatalog::import(FileId id, const Instant& now) {
    TRY_ASSIGN(auto* const row, row_of(id));
    expect_progress(row->file.state != FileState::imported, "imported twice");
    if (row->file.state == FileState::imported) return {};
    if (row->file.state == FileState::writing || row->file.state > FileState::imported ||
        !all_uploaded(id, row->file)) {
        return Error(Code::conflict, "slices of it are not uploaded");
    }
    expect_progress(row->file.state == FileState::importing, "imported without importing");
    EXPECT_TRUE(of(id).empty() || is_in_target(id) || (row->whole && is_in_target(*row->whole)))
        << "imported, and not in the target";
    row->file.state = FileState::imported;
    row->file.retry = {};
    row->imported_at = now.age;
    for (auto& [slice, slice_row] : slices) {
        if (slice_row.slice.opening.file != id) continue;
        slice_row.slice.state = SliceState::imported;
        imported_[row->file.sink.sink].rows += slice_row.slice.content.rows;
        imported_[row->file.sink.sink].csv_bytes += slice_row.slice.content.bytes;
    }
    const auto left_out = refused.extract(id);
    if (!left_out) return {};
    auto& totals = imported_[row->file.sink.sink];
    auto& kept = rejects[row->file.sink.sink];
    for (const auto& one : left_out.mapped()) {
        --totals.rows;
        totals.csv_bytes -= one.bytes;
        kept.push_back(one);
    }
    return {};
}

Result<std::vector<File>> FakeCatalog::unfinished_files(FileId after, std::uint32_t limit) {
    return fate_.run("unfinished_files", [&]() -> Result<std::vector<File>> {
        std::vector<File> unfinished;
        for (auto row = files.upper_bound(after); row != files.end(); ++row) {
            const auto& file = row->second.file;
            const bool is_ended =
                file.state == FileState::imported || file.state == FileState::discarded;
            if (is_ended || file.state == FileState::writing) continue;
            if (unfinished.size() < limit) unfinished.push_back(file);
        }
        return unfinished;
    });
}

Result<RefusedRows> FakeCatalog::refused_rows(FileId file) {
    return fate_.run("refused_rows", [&]() -> Result<RefusedRows> {
        RefusedRows found{
            .rows = {},
            .is_of_load = loads.contains(file),
            .known_keys = keeping.contains(file) ? KnownKeys::keep : KnownKeys::replace};
        const auto known = refused.find(file);
        if (known != refused.end()) found.rows = known->second;
        for (auto& row : found.rows) row.text.clear();
        if (const auto text = covered.find(file); text != covered.end()) {
            found.covered_owner = "owner";
            found.covered = text->second;
            found.earlier_waiting = static_cast<std::uint64_t>(
                std::count_if(files.begin(), files.lower_bound(file), [](const auto& other) {
                    const auto state = other.second.file.state;
                    return state != FileState::imported && state != FileState::discarded;
                }));
        }
        if (const auto row = files.find(file); row != files.end() && row->second.whole) {
            found.whole = WholeFile{.id = *row->second.whole, .slices = {}};
            for (const auto& [id, slice] : slices) {
                if (files.at(slice.slice.opening.file).whole == row->second.whole) {
                    found.whole->slices.push_back(slice.slice);
                }
            }
        }
        return found;
    });
}

Result<void> FakeCatalog::record_refused(FileId file, const std::vector<RefusedRow>& rows) {
    return fate_.run("record_refused", [&]() -> Result<void> {
        TRY_ASSIGN(auto* const row, row_of(file));
        const auto state = row->file.state;
        if (state != FileState::closing && state != FileState::importing) {
            return Error(Code::conflict, "it does not wait for its import");
        }
        if (loads.contains(file)) return Error(Code::conflict, "it is of a load");
        auto& known = refused[file];
        for (const auto& one : rows) {
            const auto is_it = [&](const RefusedRow& other) {
                return other.slice == one.slice && other.row == one.row;
            };
            if (std::ranges::none_of(known, is_it)) known.push_back(one);
        }
        std::ranges::sort(known, is_before);
        return {};
    });
}

Result<void> FakeCatalog::set_aside(FileId id, const std::string& reason, WallTime now) {
    return fate_.run("set_aside", [&]() -> Result<void> {
        TRY_ASSIGN(auto* const row, row_of(id));
        auto& file = row->file;
        if (file.state == FileState::set_aside) return {};
        if (file.state != FileState::closing && file.state != FileState::importing) {
            return Error(Code::conflict, "it does not wait");
        }
        file.state = FileState::set_aside;
        file.aside = SetAside{.reason = reason, .at = now};
        return {};
    });
}

Result<void> FakeCatalog::set_slices_aside(const SplitFile& split) {
    return fate_.run("set_slices_aside", [&]() -> Result<void> {
        TRY_ASSIGN(auto* const row, row_of(split.file));
        const auto state = row->file.state;
        const bool waits = state == FileState::closing || state == FileState::importing;
        bool fits = waits && !loads.contains(split.file) && split.slices.size() < row->file.slices;
        for (const auto& slice : split.slices) {
            const auto found = slices.find(slice);
            fits = fits && found != slices.end() && found->second.slice.opening.file == split.file;
        }
        if (!fits) return Error(Code::conflict, "these are not some of its slices");
        if (!row->whole) row->whole = split.file;
        auto part = *row;
        part.file.id = split.part;
        part.file.state = FileState::set_aside;
        part.file.slices = static_cast<std::uint32_t>(split.slices.size());
        part.file.retry = {};
        part.file.aside = SetAside{.reason = split.reason, .at = split.now};
        row->file.slices -= part.file.slices;
        row->file.state = FileState::closing;
        row->file.retry = {};
        files[split.part] = part;
        for (const auto& slice : split.slices) {
            slices.at(slice).slice.opening.file = split.part;
        }
        return {};
    });
}

Result<void> FakeCatalog::restore_file(FileId id, KnownKeys known) {
    return fate_.run("restore_file", [&]() -> Result<void> {
        TRY_ASSIGN(auto* const row, row_of(id));
        auto& file = row->file;
        if (file.state == FileState::writing || file.state == FileState::discarded) {
            return Error(Code::conflict, "it is not set aside");
        }
        if (file.state != FileState::set_aside) return {};
        file.state = FileState::closing;
        if (known == KnownKeys::keep) keeping.insert(id);
        file.aside.reset();
        file.retry = {};
        return {};
    });
}

Result<void> FakeCatalog::discard_file(FileId id) {
    return fate_.run("discard_file", [&]() -> Result<void> {
        TRY_ASSIGN(auto* const row, row_of(id));
        auto& file = row->file;
        if (file.state == FileState::discarded) return {};
        if (file.state != FileState::set_aside) return Error(Code::conflict, "not set aside");
        file.state = FileState::discarded;
        file.retry = {};
        refused.erase(id);
        for (auto& [slice, slice_row] : slices) {
            if (slice_row.slice.opening.file == id) slice_row.slice.state = SliceState::discarded;
        }
        return {};
    });
}

Result<void> FakeCatalog::mark_imported(FileId id, const Instant& now) {
    return fate_.run("mark_imported", [&] { return import(id, now); });
}

Result<void> FakeCatalog::mark_all_imported(const std::vector<FileId>& all, const Instant& now) {
    return fate_.run("mark_imported", [&]() -> Result<void> {
        const auto files_before = files;
        const auto slices_before = slices;
        const auto imported_before = imported_;
        const auto refused_before = refused;
        const auto rejects_before = rejects;
        for (const auto& id : all) {
            if (auto imported = import(id, now); !imported.ok()) {
                files = files_before;
                slices = slices_before;
                imported_ = imported_before;
                refused = refused_before;
                rejects = rejects_before;
                return imported;
            }
        }
        return {};
    });
}

Result<void> FakeCatalog::retry_slice(SliceId id, const Retry& retry) {
    return fate_.run("retry_slice", [&]() -> Result<void> {
        TRY_ASSIGN(auto* const row, row_of(id));
        row->slice.retry = retry;
        return {};
    });
}

Result<void> FakeCatalog::retry_file(FileId id, const Retry& retry) {
    return fate_.run("retry_file", [&]() -> Result<void> {
        TRY_ASSIGN(auto* const row, row_of(id));
        row->file.retry = retry;
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
            if (row.staged_left && row.slice.state >= SliceState::imported &&
                id > page.after_staged && found.staged.size() < page.limit) {
                found.staged.emplace_back(id, row.slice.staged);
            }
        }
        return found;
    });
}

Result<void> FakeCatalog::mark_local_removed(SliceId id) {
    return fate_.run("mark_local_removed", [&]() -> Result<void> {
        TRY_ASSIGN(auto* const row, row_of(id));
        if (row->slice.state >= SliceState::uploaded) row->local_left = false;
        return {};
    });
}

Result<void> FakeCatalog::mark_staged_removed(SliceId id) {
    return fate_.run("mark_staged_removed", [&]() -> Result<void> {
        TRY_ASSIGN(auto* const row, row_of(id));
        if (row->slice.state >= SliceState::imported) row->staged_left = false;
        return {};
    });
}

Result<std::vector<SliceId>> FakeCatalog::removed_slices(const VolumeId& volume) {
    std::vector<SliceId> removed;
    for (const auto& [id, row] : slices) {
        if (!row.local_left && row.slice.opening.volume == volume) removed.push_back(id);
    }
    return removed;
}

Result<Uuid> FakeCatalog::newest_waiting(const VolumeId& volume) {
    Uuid newest;
    for (const auto& [id, row] : files) {
        if (!is_ended(row.file.state) && row.file.volume == volume) {
            newest = std::max(newest, id.value);
        }
    }
    for (const auto& [id, row] : slices) {
        if (row.slice.state < SliceState::imported && row.slice.opening.volume == volume) {
            newest = std::max(newest, id.value);
        }
    }
    return newest;
}

bool FakeCatalog::has_waiting_part(const FileRow& row) const {
    return row.whole && std::ranges::any_of(files, [&](const auto& other) {
               const auto state = other.second.file.state;
               return other.second.whole == row.whole && state != FileState::imported &&
                      state != FileState::discarded;
           });
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
                row.file.volume == volume && !has_waiting_part(row) && found.size() < limit) {
                found.push_back(row.file);
            }
        }
        return found;
    });
}

Result<void> FakeCatalog::delete_imported(const std::vector<File>& imported) {
    return fate_.run("delete_imported", [&]() -> Result<void> {
        for (const auto& file : imported) {
            const auto found = files.find(file.id);
            if (found == files.end() || found->second.file.state != FileState::imported) continue;
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

Result<bool> FakeCatalog::is_lost(const Ticket& ticket, SinkNumber) {
    return std::any_of(lost.begin(), lost.end(), [&](const auto& range) {
        const auto& [volume, first, last] = range;
        return volume == ticket.volume && first <= ticket.batch && ticket.batch <= last;
    });
}

Result<std::vector<Slice>> FakeCatalog::slices_with(SinkNumber sink, const Ticket& ticket) {
    std::vector<Slice> found;
    for (const auto& [id, row] : slices) {
        const auto& opening = row.slice.opening;
        const auto& content = row.slice.content;
        if (opening.sink.sink == sink && opening.volume == ticket.volume &&
            content.first_batch <= ticket.batch && ticket.batch <= content.last_batch) {
            found.push_back(row.slice);
        }
    }
    return found;
}

Result<SinkStatistics> FakeCatalog::statistics(SinkNumber sink) {
    SinkStatistics levels;
    const auto imported = imported_.find(sink);
    if (imported != imported_.end()) levels.target = imported->second;
    for (const auto& [id, row] : slices) {
        const auto& [opening, content, state, staged, retry] = row.slice;
        if (opening.sink.sink != sink || state == SliceState::imported) continue;
        const bool is_aside = files.at(opening.file).file.state == FileState::set_aside;
        auto& level = state == SliceState::discarded  ? levels.discarded
                      : is_aside                      ? levels.set_aside
                      : state == SliceState::uploaded ? levels.staging
                                                      : levels.local;
        level.rows += content.rows;
        level.csv_bytes += content.bytes;
    }
    return levels;
}

Result<std::vector<FileCatalog::NumberedStatistics>> FakeCatalog::all_statistics() {
    std::set<SinkNumber> sinks;
    for (const auto& [id, row] : slices) sinks.insert(row.slice.opening.sink.sink);
    for (const auto& [sink, level] : imported_) sinks.insert(sink);
    std::vector<NumberedStatistics> all;
    for (const auto sink : sinks) all.push_back({sink, statistics(sink).value()});
    return all;
}

Result<std::vector<FileCatalog::RowsToImport>> FakeCatalog::rows_to_import() {
    std::map<SinkVersion, std::uint64_t> rows;
    for (const auto& [id, row] : slices) {
        if (row.slice.state >= SliceState::imported) continue;
        rows[row.slice.opening.sink] += row.slice.content.rows;
    }
    std::vector<RowsToImport> all;
    for (const auto& [sink, count] : rows) all.push_back({sink, count});
    return all;
}

Result<std::map<VolumeId, std::uint64_t>> FakeCatalog::rows_to_import_by_volume() {
    std::map<VolumeId, std::uint64_t> rows;
    for (const auto& [id, row] : slices) {
        const bool waits = row.slice.state < SliceState::imported && row.slice.content.rows > 0;
        if (waits) rows[row.slice.opening.volume] += row.slice.content.rows;
    }
    return rows;
}

Result<FakeCatalog::Row*> FakeCatalog::row_of(SliceId id) {
    const auto found = slices.find(id);
    if (found == slices.end()) return Error(Code::not_found, "the slice is not known");
    return &found->second;
}

Result<FakeCatalog::FileRow*> FakeCatalog::row_of(FileId id) {
    const auto found = files.find(id);
    if (found == files.end()) return Error(Code::not_found, "the file is not known");
    return &found->second;
}

bool FakeCatalog::all_uploaded(FileId id, const File& file) const {
    const auto parts = of(id);
    return parts.size() == file.slices &&
           std::all_of(parts.begin(), parts.end(),
                       [](const Slice& slice) { return slice.state == SliceState::uploaded; });
}

void FakeCatalog::expect_progress(bool holds, const char* problem) const {
    EXPECT_TRUE(holds || !expects_progress) << problem;
}

File& FakeCatalog::open_file(FileId id, const SinkVersion& sink, WallTime opened_at,
                             const VolumeId& volume) {
    const auto [found, is_new] = files.try_emplace(id);
    auto& file = found->second.file;
    if (is_new) file.opened_at = opened_at;
    file.id = id;
    file.sink = sink;
    file.volume = volume;
    return file;
}

std::vector<Slice> FakeCatalog::of(FileId file) const {
    std::vector<Slice> found;
    for (const auto& [id, row] : slices) {
        if (row.slice.opening.file == file) found.push_back(row.slice);
    }
    return found;
}

}  // namespace millrace::test
