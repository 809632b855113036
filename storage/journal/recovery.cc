#include "storage/journal/recovery.h"

#include <algorithm>
#include <map>
#include <unordered_map>
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
        known_.emplace(slice.opening.slice, slice.opening);
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
            known_.emplace(opening.slice, opening);
            openings.push_back(opening);
        }
        synced.openings = std::move(openings);

        for (const auto& entry : rows) {
            TRY_ASSIGN(const bool sealed, is_sealed(entry.slice));
            if (sealed) continue;
            if (!known_.contains(entry.slice)) {  // its opening was in a damaged frame
                TRY_ASSIGN(const auto opening, confirmed(entry.slice));
                if (!opening) {
                    lose({.sequence = frame.sequence, .entry = entry}, 0);
                    continue;
                }
                known_.emplace(entry.slice, *opening);
                synced.openings.push_back(*opening);
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

    // Counts the rows of frames that are damaged, as far as they can be told.
    Result<void> damaged(const DamagedFrames& frames) {
        ++damages_;
        std::vector<SalvagedRows> found;
        read_damaged(
            frames,
            [&](SliceOpening opening) {
                opening.volume = volume_;
                salvaged_.emplace(opening.slice, opening);
            },
            [&](const SalvagedRows& rows) { found.push_back(rows); });
        for (const auto& rows : found) {
            TRY_ASSIGN(const bool sealed, is_sealed(rows.entry.slice));
            if (!sealed) lose(rows, damages_);
        }
        return {};
    }

    Result<void> record_lost() {
        for (auto& [place, lost] : lost_) {
            auto& opening = lost.opening;
            if (const auto known = known_.find(opening.slice); known != known_.end()) {
                opening = known->second;
            } else if (const auto found = salvaged_.find(opening.slice); found != salvaged_.end()) {
                TRY_ASSIGN(const bool is_sink, has_sink(found->second.sink));
                if (is_sink) opening = found->second;
            }
            lost.found_at = now_;
            TRY(of_catalog(losses_.record_lost_rows(lost)));
            const auto sink = opening.sink.sink;
            report_.damaged_slices.push_back(
                {.slice = opening.slice,
                 .sink = sink == SinkNumber() ? std::nullopt : std::optional(sink),
                 .rows = lost.content.rows});
        }
        return {};
    }

private:
    // `damage` tells the damages of a journal apart, so that batches between two of them, which are
    // there, are not among those that are lost. 0: of frames that are whole.
    void lose(const SalvagedRows& rows, std::uint64_t damage) {
        const auto& entry = rows.entry;
        auto& lost = lost_[{entry.slice, damage}];
        auto& content = lost.content;
        if (content.rows == 0) {
            lost.opening.slice = entry.slice;
            lost.opening.volume = volume_;
            content.first_at = entry.arrived_at;
            content.first_batch = entry.batch;
        }
        content.rows += entry.rows;
        content.bytes += entry.csv.size();
        content.last_at = entry.arrived_at;
        content.last_sequence = rows.sequence;
        content.last_batch = entry.batch;
    }

    // An opening that was read from a damaged frame, if something else says that its file has this
    // sink and this mapping: no row may come into another table.
    Result<std::optional<SliceOpening>> confirmed(SliceId slice) {
        const auto found = salvaged_.find(slice);
        if (found == salvaged_.end()) return std::optional<SliceOpening>();
        const auto& opening = found->second;
        for (const auto& [id, other] : known_) {
            if (other.file == opening.file && other.sink == opening.sink)
                return std::optional(opening);
        }
        TRY_ASSIGN(const auto file, of_catalog(catalog_.find_file(opening.file)));
        const bool takes_slices =
            file && (file->state == FileState::writing || file->state == FileState::closing);
        if (!takes_slices || file->sink != opening.sink || file->volume != volume_)
            return std::optional<SliceOpening>();
        return std::optional(opening);
    }

    // Whether something else has rows of this sink.
    Result<bool> has_sink(const SinkVersion& sink) {
        for (const auto& [id, opening] : known_) {
            if (opening.sink == sink) return true;
        }
        TRY_ASSIGN(const auto rows, of_catalog(catalog_.statistics(sink.sink)));
        if (rows.local.rows + rows.staging.rows + rows.target.rows > 0) return true;
        TRY_ASSIGN(const auto files, of_catalog(catalog_.writing_files(volume_)));
        return std::any_of(files.begin(), files.end(),
                           [&](const OpenFile& file) { return file.sink == sink; });
    }

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
    std::unordered_map<SliceId, SliceOpening> known_;
    // From damaged frames: nothing proves them.
    std::unordered_map<SliceId, SliceOpening> salvaged_;
    std::uint64_t damages_ = 0;
    std::map<std::pair<SliceId, std::uint64_t>, LostRows> lost_;
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
    TRY_ASSIGN(auto listed, list_segments(disk, volume.directory, volume.id));
    const auto& segments = listed.files;
    auto checkpoint = loaded.newest.value_or(Checkpoint{});
    for (auto& slice : checkpoint.slices) slice.opening.volume = volume.name;
    report.checkpoint = checkpoint.sequence;
    report.damaged_checkpoints = std::move(loaded.damaged);
    recovered.previous_checkpoint = loaded.previous;
    recovered.previous_forgettable = loaded.previous_forgettable;
    recovered.newest_forgettable = forgettable(checkpoint);
    recovered.sealed = checkpoint.sealed;
    report.unreadable_segments = std::move(listed.unreadable);
    recovered.epoch = checkpoint.epoch + 1;
    recovered.next_segment = listed.newest_number + 1;  // no name that was put aside comes again
    for (const auto& segment : segments) {
        recovered.epoch = std::max(recovered.epoch, segment.header.epoch + 1);
    }

    Replay replay(volume.name, ports, now, recovered);
    replay.last_batch = checkpoint.last_batch;
    for (const auto& slice : checkpoint.slices) TRY(replay.restore(slice));
    for (const auto& position : checkpoint.positions) recovered.positions.add(position);
    TRY_ASSIGN(const auto scanned,
               scan_segments(
                   disk, segments, checkpoint.sequence,
                   [&](const Frame& frame) { return replay.frame(frame); },
                   [&](const DamagedFrames& frames) { return replay.damaged(frames); }));
    recovered.last = report.last = scanned.last;
    recovered.last_batch = replay.last_batch;
    report.frames = scanned.frames;
    report.bytes = scanned.bytes;
    report.damages = scanned.damages;
    TRY(replay.record_lost());
    TRY_ASSIGN(recovered.slices, ports.slices.finish_recovery());

    for (std::size_t i = 0; i < segments.size(); ++i) {
        const auto& first = segments[i].header.first_sequence;
        const auto last = i + 1 < segments.size()
                              ? Sequence(segments[i + 1].header.first_sequence.value - 1)
                              : recovered.last;
        const bool damaged =
            std::any_of(report.damages.begin(), report.damages.end(),
                        [&](const Damage& d) { return d.path == segments[i].path; }) ||
            segments[i].header_damaged;
        if (segments[i].header_damaged && last > checkpoint.sequence)
            report.damaged_headers.push_back(segments[i].path);
        recovered.segments.push_back({segments[i].path, first, last, damaged});
    }
    if (!report.damages.empty()) {
        for (const auto& slice : recovered.slices) {
            const bool is_told = std::any_of(
                report.damaged_slices.begin(), report.damaged_slices.end(),
                [&](const DamagedSlice& told) { return told.slice == slice.opening.slice; });
            if (is_told) continue;
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
