#include "storage/journal/recovery.h"

#include <algorithm>
#include <map>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "storage/journal/checkpoint.h"
#include "storage/journal/format.h"

namespace millrace::journal {
namespace {

// Gives frames back to the slice store, without what the catalog has already.
class Replay {
public:
    Replay(const VolumeId& volume, const RecoveryPorts& ports, WallTime now, Recovered& recovered)
        : volume_(volume),
          slices_(ports.slices),
          catalog_(ports.catalog),
          losses_(ports.losses),
          now_(now),
          report_(recovered.report),
          answers_(recovered.answers),
          positions_(recovered.positions) {}

    BatchNumber last_batch;  // of all frames

    Result<void> restore(const OpenSlice& slice) {
        TRY_ASSIGN(const bool sealed, is_sealed(slice.opening.slice));
        if (sealed) return {};
        known_.insert(slice.opening.slice);
        auto restored = slices_.restore(slice);
        if (restored.ok()) return {};
        if (restored.error().code() != Code::corrupt) return std::move(restored).error();
        report_.damaged_slices.push_back({.slice = slice.opening.slice,
                                          .sink = slice.opening.sink.sink,
                                          .rows = slice.content.rows});
        return of_catalog(losses_.record_lost_rows(
            {.opening = slice.opening, .content = slice.content, .found_at = now_}));
    }

    Result<void> frame(const Frame& frame) {
        SyncedFrame synced{.sequence = frame.sequence, .openings = {}, .batches = {}, .rows = {}};
        std::vector<RowsEntry> rows;
        TRY(for_each_entry(
            frame.payload, frame.version,
            {.on_opening = [&](const SliceOpening& opening) { synced.openings.push_back(opening); },
             .on_batch = [&](BatchNumber batch) { last_batch = std::max(last_batch, batch); },
             .on_rows = [&](const RowsEntry& entry) { rows.push_back(entry); },
             .on_answer = [&](const RememberedAnswer& answer) { answers_.add(answer); },
             .on_position = [&](const SourcePosition& newer) { positions_.add(newer); }}));

        std::vector<SliceOpening> openings;
        for (auto& opening : synced.openings) {
            opening.volume = volume_;
            TRY_ASSIGN(const bool sealed, is_sealed(opening.slice));
            if (sealed) continue;
            known_.insert(opening.slice);
            openings.push_back(opening);
        }
        synced.openings = std::move(openings);

        for (const auto& entry : rows) {
            TRY_ASSIGN(const bool sealed, is_sealed(entry.slice));
            if (sealed) continue;
            if (!known_.contains(entry.slice)) {
                // Its opening was in a damaged frame, so its sink is not known any more.
                lost_[entry.slice] += entry.rows;
                continue;
            }
            synced.rows.push_back({.slice = entry.slice,
                                   .batch = static_cast<std::uint32_t>(synced.batches.size()),
                                   .rows = entry.rows,
                                   .offset = 0,
                                   .bytes = entry.csv.size()});
            synced.batches.push_back({.csv = std::string(entry.csv),
                                      .groups = {},
                                      .arrived_at = entry.arrived_at,
                                      .answers = {},
                                      .positions = {},
                                      .number = entry.batch,
                                      .done = nullptr});
            report_.rows += entry.rows;
        }
        return slices_.replay(synced);
    }

    void report_lost() {
        for (const auto& [slice, rows] : lost_) {
            report_.damaged_slices.push_back({.slice = slice, .sink = std::nullopt, .rows = rows});
        }
    }

private:
    Result<bool> is_sealed(SliceId slice) {
        if (const auto found = sealed_.find(slice); found != sealed_.end()) return found->second;
        TRY_ASSIGN(const auto known, of_catalog(catalog_.find_slice(slice)));
        sealed_.emplace(slice, known.has_value());
        return known.has_value();
    }

    const VolumeId& volume_;
    SliceStore& slices_;
    FileCatalog& catalog_;
    LossCatalog& losses_;
    const WallTime now_;
    RecoveryReport& report_;
    AnswerEntries& answers_;
    Positions& positions_;
    std::unordered_map<SliceId, bool> sealed_;
    std::unordered_set<SliceId> known_;
    std::map<SliceId, std::uint64_t> lost_;  // how many rows
};

// Which files go on: of each sink and mapping version the one opened last, unless the catalog
// closed it.
Result<void> sort_out_files(const VolumeId& volume, FileCatalog& catalog, Recovered& recovered) {
    std::map<FileId, OpenFile> files;
    TRY_ASSIGN(const auto writing, of_catalog(catalog.writing_files(volume)));
    for (const auto& file : writing) files.emplace(file.id, file);

    std::map<FileId, std::vector<OpenSlice>> open_slices;  // in opening order
    for (const auto& slice : recovered.slices) {
        auto& file = files[slice.opening.file];
        if (file.slices == 0) {
            file.id = slice.opening.file;
            file.sink = slice.opening.sink;
            file.opened_at = slice.opening.opened_at;
            file.volume = volume;
        }
        ++file.slices;
        file.rows += slice.content.rows;
        file.bytes += slice.content.bytes;
        open_slices[file.id].push_back(slice);
    }

    const auto order = [&](const OpenFile& file) {
        // Ids of one millisecond are not ordered; the place of its first open slice in the journal
        // is.
        const auto slice = std::find_if(recovered.slices.begin(), recovered.slices.end(),
                                        [&](const auto& s) { return s.opening.file == file.id; });
        return std::pair(slice - recovered.slices.begin(), file.id);
    };
    std::map<SinkVersion, OpenFile> newest;
    for (auto& [id, file] : files) {
        TRY_ASSIGN(const auto known, of_catalog(catalog.find_file(id)));
        if (known && known->state != FileState::writing) {
            recovered.closed_files.push_back(file);  // the catalog has its final number of slices
            continue;
        }
        const auto [place, first] = newest.try_emplace(file.sink, file);
        if (first) continue;
        const bool has_slices = open_slices.contains(id);
        const bool other_has_slices = open_slices.contains(place->second.id);
        const bool later = has_slices != other_has_slices ? has_slices
                           : has_slices                   ? order(file) > order(place->second)
                                                          : id > place->second.id;
        recovered.closed_files.push_back(later ? std::exchange(place->second, file) : file);
    }

    for (auto& [sink, file] : newest) {
        auto& slices = open_slices[file.id];
        if (!slices.empty()) {
            file.slice = slices.back();
            slices.pop_back();
        }
        recovered.files.push_back(file);
    }
    for (const auto& [id, slices] : open_slices) {
        for (const auto& slice : slices) recovered.sealing.push_back(slice.opening.slice);
    }
    return {};
}

// A closed file waits for as many slices as it was closed with. Those that neither the catalog nor
// this recovery has are gone: nothing may wait for them.
Result<void> give_up_lost_slices(const VolumeId& volume, LossCatalog& losses,
                                 Recovered& recovered) {
    TRY_ASSIGN(const auto files, of_catalog(losses.short_files(volume)));
    for (const auto& [file, known] : files) {
        const auto here = std::count_if(
            recovered.slices.begin(), recovered.slices.end(),
            [id = file.id](const OpenSlice& slice) { return slice.opening.file == id; });
        const auto slices = known + static_cast<std::uint32_t>(here);
        if (slices >= file.slices) continue;
        TRY(of_catalog(losses.close_short(file.id, slices)));
        recovered.report.shortened_files.push_back(
            {.file = file.id, .sink = file.sink.sink, .slices_lost = file.slices - slices});
    }
    return {};
}

}  // namespace

Result<Recovered> recover(const RecoveryPorts& ports, const VolumeNames& volume, WallTime now) {
    auto& disk = ports.disk;
    auto& catalog = ports.catalog;
    Recovered recovered;
    auto& report = recovered.report;
    TRY_ASSIGN(auto loaded, load_checkpoints(disk, volume.directory));
    TRY_ASSIGN(const auto segments, list_segments(disk, volume.directory, volume.id));
    auto checkpoint = loaded.newest.value_or(Checkpoint{});
    for (auto& slice : checkpoint.slices) slice.opening.volume = volume.name;
    report.checkpoint = checkpoint.sequence;
    report.damaged_checkpoints = std::move(loaded.damaged);
    recovered.previous_checkpoint = loaded.previous;
    recovered.previous_forgettable = loaded.previous_forgettable;
    recovered.newest_forgettable = forgettable(checkpoint);
    recovered.epoch = checkpoint.epoch + 1;
    for (const auto& segment : segments) {
        recovered.epoch = std::max(recovered.epoch, segment.header.epoch + 1);
        recovered.next_segment = std::max(recovered.next_segment, segment.header.segment + 1);
    }

    Replay replay(volume.name, ports, now, recovered);
    replay.last_batch = checkpoint.last_batch;
    for (const auto& slice : checkpoint.slices) TRY(replay.restore(slice));
    for (const auto& position : checkpoint.positions) recovered.positions.add(position);
    TRY_ASSIGN(const auto scanned,
               scan_segments(disk, segments, checkpoint.sequence,
                             [&](const Frame& frame) { return replay.frame(frame); }));
    recovered.last = report.last = scanned.last;
    recovered.last_batch = replay.last_batch;
    report.frames = scanned.frames;
    report.bytes = scanned.bytes;
    report.damages = scanned.damages;
    replay.report_lost();
    TRY_ASSIGN(recovered.slices, ports.slices.finish_recovery());

    for (std::size_t i = 0; i < segments.size(); ++i) {
        const auto& first = segments[i].header.first_sequence;
        const auto last = i + 1 < segments.size()
                              ? Sequence(segments[i + 1].header.first_sequence.value - 1)
                              : recovered.last;
        const bool damaged =
            std::any_of(report.damages.begin(), report.damages.end(),
                        [&](const Damage& d) { return d.path == segments[i].path; });
        recovered.segments.push_back({segments[i].path, first, last, damaged});
    }
    if (!report.damages.empty()) {
        for (const auto& slice : recovered.slices) {
            report.damaged_slices.push_back(
                {.slice = slice.opening.slice, .sink = slice.opening.sink.sink});
        }
    }
    TRY(sort_out_files(volume.name, catalog, recovered));
    TRY(give_up_lost_slices(volume.name, ports.losses, recovered));
    TRY_ASSIGN(recovered.newest_id, of_catalog(catalog.newest_waiting(volume.name)));
    return recovered;
}

}  // namespace millrace::journal
