#pragma once
// ManualVolume: a volume that does what its test says.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/pipeline/volumes.h"
#include "tests/support/quiet_journal.h"
#include "tests/support/quiet_slices.h"

namespace millrace::pipeline {

class ManualVolume final : public testing_support::QuietJournal,
                           public testing_support::QuietSlices {
public:
    explicit ManualVolume(std::string name) : id(std::move(name)) {}

    Result<Ticket> submit(RowBatch&& batch) override {
        if (refusal) return *refusal;
        batches.push_back(std::move(batch));
        if (finishes) batches.back().done({});
        return Ticket{.volume = id, .batch = BatchNumber(batches.size())};
    }
    BatchState state_of(const Ticket&) const override { return BatchState::waiting; }
    std::uint64_t waiting_bytes() const override { return waiting; }
    Result<void> health() const override {
        if (failure) return *failure;
        return {};
    }
    Result<std::vector<SourcePosition>> positions_of(const Fingerprint& source) const override {
        TRY(health());
        return positions.of(source);
    }
    std::vector<OpenFile> open_files() const override {
        OpenFile file;
        file.volume = id;
        return {file};
    }
    std::vector<VolumeId> unknown_volumes() const override {
        return is_unknown ? std::vector{id} : std::vector<VolumeId>();
    }
    std::vector<OpenSlice> local_slices() const override { return slices; }
    void close_file(FileId file) override { closed_files.push_back(file); }
    void take_no_more() override { takes_rows = false; }
    void close_versions(SinkNumber, MappingVersion, std::function<void()> done) override {
        closed = std::move(done);
    }
    using QuietSlices::checkpoint;
    void checkpoint(std::function<void(const Result<void>&)> done) override {
        if (failure) return done(*failure);
        done({});
    }

    Result<void> add_sealed(SliceId, std::string_view csv) override {
        files.emplace_back(csv);
        return {};
    }
    Result<std::unique_ptr<ByteSource>> read(const Slice&) override {
        return Error(Code::not_found, id.value);
    }
    Result<void> remove(SliceId) override {
        files.clear();
        return {};
    }

    Volume port() {
        return {.id = id,
                .name = id.value,
                .journal = *this,
                .slices = *this,
                .has_room = [this] { return has_room; },
                .for_each_answer =
                    [this](AgeTime, const Volume::OnAnswer& on_answer) {
                        for (const auto& answer : answers) on_answer(answer);
                        return Result<void>();
                    },
                .positions = [this] { return positions.all(); }};
    }

    const VolumeId id;
    bool has_room = true;
    bool is_unknown = false;
    bool takes_rows = true;
    bool finishes = false;  // each batch at once
    std::uint64_t waiting = 0;
    std::vector<OpenSlice> slices;
    std::vector<FileId> closed_files;
    std::vector<RememberedAnswer> answers;
    Positions positions;
    std::optional<Error> refusal;
    std::optional<Error> failure;
    std::vector<RowBatch> batches;
    std::vector<std::string> files;
    std::function<void()> closed;
};

}  // namespace millrace::pipeline
