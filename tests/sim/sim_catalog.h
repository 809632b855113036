#pragma once
// MemoryCatalog: the part of the lifecycle catalog that a volume needs, in memory. It survives a
// simulated power loss, as commits of the real one do.

#include <algorithm>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "core/ports/file_catalog.h"
#include "core/ports/loss_catalog.h"
#include "core/ports/volume_registry.h"

namespace millrace::sim {

class MemoryCatalog : public FileCatalog, public LossCatalog, public VolumeRegistry {
public:
    Result<void> record_sealed(const OpenSlice& slice) override {
        Slice sealed;
        sealed.opening = slice.opening;
        sealed.content = slice.content;
        slices_.emplace(slice.opening.slice, sealed);
        File file;
        file.id = slice.opening.file;
        file.sink = slice.opening.sink;
        file.opened_at = slice.opening.opened_at;
        file.volume = slice.opening.volume;
        files_.emplace(file.id, file);
        if (volume_) volume_->sealed = std::max(volume_->sealed, slice.content.last_sequence);
        return {};
    }
    Result<void> close_file(const OpenFile& closed) override {
        auto& file = files_[closed.id];
        if (file.state != FileState::writing) return {};
        file.id = closed.id;
        file.sink = closed.sink;
        file.opened_at = closed.opened_at;
        file.slices = closed.slices;
        file.volume = closed.volume;
        file.state = FileState::closing;
        return {};
    }
    Result<void> record_reports(const std::vector<OpenSlice>& sealed,
                                const std::vector<OpenFile>& closed) override {
        for (const auto& slice : sealed) TRY(record_sealed(slice));
        for (const auto& file : closed) TRY(close_file(file));
        return {};
    }
    Result<std::optional<Slice>> find_slice(SliceId slice) override { return find(slices_, slice); }
    Result<std::optional<File>> find_file(FileId file) override { return find(files_, file); }
    Result<std::vector<OpenFile>> writing_files(const VolumeId& volume) override {
        std::vector<OpenFile> writing;
        for (const auto& [id, file] : files_) {
            if (file.state != FileState::writing || file.volume != volume) continue;
            OpenFile open;
            open.id = id;
            open.sink = file.sink;
            open.opened_at = file.opened_at;
            for (const auto& [slice_id, slice] : slices_) {
                if (slice.opening.file != id) continue;
                ++open.slices;
                open.rows += slice.content.rows;
                open.bytes += slice.content.bytes;
            }
            writing.push_back(open);
        }
        return writing;
    }
    Result<Uuid> newest_waiting(const VolumeId& volume) override {
        Uuid newest;
        for (const auto& [id, file] : files_) {
            if (file.volume == volume) newest = std::max(newest, id.value);
        }
        for (const auto& [id, slice] : slices_) {
            if (slice.opening.volume == volume) newest = std::max(newest, id.value);
        }
        return newest;
    }

    Result<std::vector<VolumeRecord>> volumes() override { return not_here(); }
    Result<std::optional<VolumeRecord>> find_volume(const VolumeId&) override { return volume_; }
    Result<Life> begin_life(const Opening& opening) override {
        auto& record = volume_ ? *volume_ : volume_.emplace();
        record.volume = opening.volume;
        record.uuid = opening.uuid;
        const BatchNumber given(std::max(record.last_batch.value, opening.durable.value));
        lost_.emplace_back(opening.durable.value + 1, given.value);
        record.last_batch = BatchNumber(given.value + 1'000'000);
        record.begun_life = std::max(record.begun_life, opening.life) + 1;
        return Life{.last_batch = given, .number = record.begun_life};
    }
    Result<void> confirm_life(const VolumeId&, std::uint64_t life) override {
        volume_->confirmed_life = life;
        return {};
    }
    Result<void> rename_volume(const std::string&, const std::string&, WallTime) override {
        return not_here();
    }
    Result<void> accept_end(const VolumeId&, Sequence last) override {
        if (volume_) volume_->sealed = std::min(volume_->sealed, last);
        return {};
    }
    Result<void> require_nothing_waits(const VolumeId&) override { return not_here(); }
    Result<void> retire_volume(const VolumeId&, WallTime) override { return not_here(); }
    Result<void> give_up_volume(const VolumeId&, WallTime) override { return not_here(); }
    Result<void> record_lost(const VolumeId&, BatchNumber first, BatchNumber last) override {
        lost_.emplace_back(first.value, last.value);
        return {};
    }
    Result<bool> is_lost(const Ticket& ticket, SinkNumber sink) override {
        for (const auto& [place, lost] : lost_rows_) {
            const auto& content = lost.content;
            if (lost.opening.sink.sink == sink && content.first_batch <= ticket.batch &&
                ticket.batch <= content.last_batch) {
                return true;
            }
        }
        return std::any_of(lost_.begin(), lost_.end(), [&](const auto& range) {
            return range.first <= ticket.batch.value && ticket.batch.value <= range.second;
        });
    }
    Result<std::vector<Slice>> slices_with(SinkNumber sink, const Ticket& ticket) override {
        std::vector<Slice> found;
        for (const auto& [id, slice] : slices_) {
            if (slice.opening.sink.sink == sink && slice.content.first_batch <= ticket.batch &&
                ticket.batch <= slice.content.last_batch) {
                found.push_back(slice);
            }
        }
        return found;
    }

    // As if a slice had been sealed up to there.
    void know_sealed(Sequence sequence) { volume_->sealed = sequence; }
    Result<void> record_lost_rows(const LostRows& lost) override {
        lost_rows_.emplace(std::pair(lost.opening.slice, lost.content.last_sequence), lost);
        return {};
    }
    Result<std::vector<ShortFile>> short_files(const VolumeId&) override {
        std::vector<ShortFile> found;
        for (const auto& [id, file] : files_) {
            ShortFile one{.file = file};
            for (const auto& [slice_id, slice] : slices_)
                one.known += slice.opening.file == id ? 1U : 0U;
            if (file.state == FileState::closing && one.known < file.slices) found.push_back(one);
        }
        return found;
    }
    Result<void> close_short(FileId file, std::uint32_t slices) override {
        files_.at(file).slices = slices;
        files_.at(file).state = FileState::closing;
        return {};
    }

    // As delete_imported() does it.
    void forget(FileId file) {
        std::erase_if(slices_,
                      [&](const auto& slice) { return slice.second.opening.file == file; });
        files_.erase(file);
    }

    const std::map<SliceId, Slice>& slices() const { return slices_; }
    const std::map<FileId, File>& files() const { return files_; }
    const auto& lost_rows() const { return lost_rows_; }

    // What a volume never asks for.
    Result<std::vector<Slice>> slices_to_upload(WallTime, std::uint32_t) override {
        return not_here();
    }
    Result<std::vector<File>> files_to_import(WallTime, std::uint32_t) override {
        return not_here();
    }
    Result<std::vector<Slice>> slices_of(FileId) override { return not_here(); }
    Result<void> mark_uploading(SliceId) override { return not_here(); }
    Result<bool> mark_uploaded(SliceId, const StagedObject&) override { return not_here(); }
    Result<void> mark_importing(FileId) override { return not_here(); }
    Result<void> set_aside(FileId, const std::string&, WallTime) override { return not_here(); }
    Result<void> set_slices_aside(const SplitFile&) override { return not_here(); }
    Result<void> restore_file(FileId, KnownKeys) override { return not_here(); }
    Result<void> discard_file(FileId) override { return not_here(); }
    Result<void> mark_imported(FileId, const Instant&) override { return not_here(); }
    Result<void> mark_all_imported(const std::vector<FileId>&, const Instant&) override {
        return not_here();
    }
    Result<void> retry_slice(SliceId, const Retry&) override { return not_here(); }
    Result<void> retry_file(FileId, const Retry&) override { return not_here(); }
    Result<Leftovers> leftovers(const LeftoversPage&) override { return not_here(); }
    Result<void> mark_local_removed(SliceId) override { return not_here(); }
    Result<void> mark_staged_removed(SliceId) override { return not_here(); }
    Result<std::vector<SliceId>> removed_slices(const VolumeId&) override { return not_here(); }
    Result<std::vector<File>> forgettable_files(const VolumeId&, AgeTime, Sequence,
                                                std::uint32_t) override {
        return not_here();
    }
    Result<void> delete_imported(const std::vector<File>&) override { return not_here(); }
    Result<SinkStatistics> statistics(SinkNumber) override { return SinkStatistics{}; }
    Result<std::vector<NumberedStatistics>> all_statistics() override { return not_here(); }
    Result<std::vector<RowsToImport>> rows_to_import() override { return not_here(); }
    Result<std::map<VolumeId, std::uint64_t>> rows_to_import_by_volume() override {
        return not_here();
    }

private:
    static Error not_here() {
        return Error(Code::internal, "the volume asked for a lifecycle step");
    }

    template <typename Key, typename Value>
    static Result<std::optional<Value>> find(const std::map<Key, Value>& map, const Key& key) {
        const auto found = map.find(key);
        if (found == map.end()) return std::optional<Value>();
        return std::optional<Value>(found->second);
    }

    std::map<SliceId, Slice> slices_;
    std::map<FileId, File> files_;
    std::map<std::pair<SliceId, Sequence>, LostRows> lost_rows_;
    std::optional<VolumeRecord> volume_;  // the only one
    std::vector<std::pair<std::uint64_t, std::uint64_t>> lost_;
};

}  // namespace millrace::sim
