#pragma once
// Volumes: all volumes of the node as one journal and one store of slices.
//
// A batch goes to one volume, that of its lane, so the rows of a request become durable together.
// Each source has its lane: its rows stay on one volume, in order, and sources are spread. While a
// volume has failed or is full its sources are those of the others, but for those that are pinned
// to it: they wait. What concerns a file or slice is said to every volume: only the one that has it
// acts.
//
// Lifetime  the volumes must outlive it.
// Thread    any.

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/guarded.h"
#include "core/pipeline/volume_pins.h"
#include "core/ports/journal.h"
#include "core/ports/sealed_slices.h"
#include "core/ports/slice_store.h"

namespace millrace::pipeline {

struct Volume {
    VolumeId id;
    std::string name;  // for the operator
    Journal& journal;
    SliceStore& slices;
    std::function<bool()> has_room;  // on its disk
    using OnAnswer = std::function<void(const RememberedAnswer&)>;
    // The answers that it remembers, up to its last checkpoint.
    std::function<Result<void>(AgeTime now, const OnAnswer&)> for_each_answer = nullptr;
    // The newest position of each partition of each source that it has.
    std::function<std::vector<SourcePosition>()> positions = nullptr;
};

// One that the registry knows as active, and that was not opened.
struct AbsentVolume {
    VolumeId id;
    std::string name;
};

enum class VolumeStanding {
    serving,
    leaving,  // it takes no more rows
    failed,   // while it served: what it has is known
    unread,   // it had failed before it was opened
    missing,  // it was not opened
    ended,    // retired or given up, or not known at all
};
std::string_view to_string(VolumeStanding standing);

class Volumes final : public Journal, public SealedSlices {
public:
    // At least one volume that was opened.
    explicit Volumes(std::vector<Volume> volumes, std::vector<AbsentVolume> absent = {});

    // ok while some volume that has not failed has room.
    // Errors  stream.in.diskFull. Failed ones are told by submit()
    Result<void> has_room() const;
    // The same of one volume.
    // Errors  also unavailable: it is not here
    Result<void> has_room(const VolumeId& volume) const;

    // Whether what the volume has cannot be asked for: it was not recovered, it has failed since,
    // or it is known and not here.
    bool is_away(const VolumeId& volume) const;
    bool is_here(const VolumeId& volume) const override { return !is_away(volume); }

    // What the operator calls those that are known and were not opened.
    std::vector<std::string> absent_names() const;

    VolumeStanding standing(const VolumeId& volume) const;

    // Whether another one takes rows now.
    bool serves_without(const VolumeId& volume) const;

    // It takes no more rows, and its files are closed: its sources are those of the others. Does
    // nothing if it was not opened.
    void leave(const VolumeId& volume);

    // It has been retired or given up: nothing of it is unknown any more.
    void end(const VolumeId& volume);

    // From now on rows of the source go to the volume of that name or nowhere, whether it is here
    // or not. Empty: to those that take rows, as of all others.
    void pin(const SourceId& source, std::string_view volume) { pins_.set(source, volume); }
    // Whether the volume takes rows to which the source is pinned, if it is.
    // Errors  overloaded stream.in.volumeBusy: it is full; unavailable stream.in.volumeFailed: it
    //         has failed, takes no rows any more or is not here. The text, with its name, is for
    //         senders
    Result<void> takes_rows_of(const SourceId& source) const;
    std::vector<SourceId> pinned_to(std::string_view volume) const { return pins_.to(volume); }

    // What waits in the journal of a volume.
    struct Waiting {
        std::uint64_t slices = 0;
        std::uint64_t rows = 0;
    };
    Waiting waiting_on(const VolumeId& volume) const;

    // Writes all submitted rows of the volume, then a checkpoint of it.
    void checkpoint_of(const VolumeId& volume, std::function<void(const Result<void>&)> done);

    // Its remembered answers.
    // Errors  of its disk
    Result<void> for_each_answer(const VolumeId& volume, AgeTime now,
                                 const Volume::OnAnswer& on_answer) const;

    // The newest position of each partition of each source that the volume has.
    Result<std::vector<SourcePosition>> positions_on(const VolumeId& volume) const;

    // A batch with answers or positions goes to its lane or nowhere: where keys of a source may be
    // is on record, and a position counts once the source knows that it is durable. So does any
    // batch of a lane to which a source is pinned.
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
    // Of all volumes that have not ended, none of which may be away.
    Result<std::vector<SourcePosition>> positions_of(const Fingerprint& source) const override;
    std::string volume_name(const VolumeId& volume) const override;
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
    Result<std::unique_ptr<SliceOutput>> create(const LocalSlice& slice) override;

private:
    const Volume* find(const VolumeId& id) const;
    template <typename Item, typename Read>
    std::vector<Item> of_all(Read read) const;
    bool takes_rows(std::size_t lane) const;
    std::optional<std::size_t> lane_named(std::string_view name) const;
    Result<void> takes_pinned(std::string_view name) const;
    bool has_ended(const VolumeId& volume) const;
    std::vector<const Volume*> candidates(std::size_t first) const;

    Error not_here(const VolumeId& volume) const;

    const std::vector<Volume> volumes_;  // a lane each
    const std::vector<AbsentVolume> absent_;
    std::vector<std::atomic<bool>> leaving_;  // by lane
    Guarded<std::set<VolumeId>> ended_;
    VolumePins pins_;
};

}  // namespace millrace::pipeline
