#pragma once
// Volumes: all volumes of the node as one journal and one store of slices.
//
// A batch goes to one volume, that of its lane, so the rows of a request become durable together.
// Each source has its lane: its rows stay on one volume, in order, and sources are spread. While a
// volume has failed or is full its sources are those of the others. What concerns a file or slice
// is said to every volume: only the one that has it acts.
//
// Lifetime  the volumes must outlive it.
// Thread    any.

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "core/ports/journal.h"
#include "core/ports/sealed_slices.h"
#include "core/ports/slice_store.h"

namespace millrace::pipeline {

struct Volume {
    VolumeId id;
    Journal& journal;
    SliceStore& slices;
    std::function<bool()> has_room;  // on its disk
};

class Volumes final : public Journal, public SealedSlices {
public:
    // At least one.
    explicit Volumes(std::vector<Volume> volumes);

    // ok while some volume that has not failed has room. Errors  stream.in.diskFull. Failed ones
    // are told by submit()
    Result<void> has_room() const;

    // Whether what the volume has cannot be asked for: it was not recovered, it has failed since, or
    // it is known and not here.
    bool is_away(const VolumeId& volume) const;

    // A batch with answers goes to its lane or nowhere: the keys of a source are on record by volume.
    // Errors  those of the volumes: overloaded if one may take the batch later
    Result<Ticket> submit(RowBatch&& batch) override;
    std::size_t lanes() const override { return volumes_.size(); }
    std::size_t lane_of(const SourceId& source) const override;
    VolumeId volume_at(std::size_t lane) const override { return volumes_[lane].id; }
    BatchState state_of(const Ticket& ticket) const override;
    std::uint64_t waiting_bytes() const override;
    std::uint64_t batch_bytes_max() const override;
    std::vector<OpenFile> open_files() const override;
    std::vector<OpenSlice> local_slices() const override;
    std::vector<VolumeId> unknown_volumes() const override;
    void slice_recorded(SliceId slice) override;
    void close_slice(SliceId slice) override;
    void close_file(FileId file) override;
    void close_versions(SinkNumber sink, MappingVersion below, std::function<void()> done) override;
    void checkpoint(std::function<void(const Result<void>&)> done) override;
    // ok while one volume takes rows.
    Result<void> health() const override;

    Result<std::unique_ptr<ByteSource>> read(const Slice& slice) override;
    Result<void> remove(const LocalSlice& slice) override;
    Result<VolumeId> volume_of(const SourceId& source) override;
    Result<void> add(const LocalSlice& slice, std::string_view csv) override;

private:
    const Volume* find(const VolumeId& id) const;
    template <typename Item, typename Read>
    std::vector<Item> of_all(Read read) const;
    static bool takes_rows(const Volume& volume);
    std::vector<const Volume*> candidates(std::size_t first) const;

    const std::vector<Volume> volumes_;  // a lane each
};

}  // namespace millrace::pipeline
