#pragma once
// VolumeActs: how a volume leaves its node. A second run of an act changes nothing and returns what
// the first one did.
//
// Thread  any but an ingest loop: it waits for the journal.
// Errors  not_found  stream.api.volumeNotFound
//         conflict   with the text for the operator: stream.api.volumeEnded, volumeInUse,
//                    volumeNotRead, volumeNotEmpty
//         those of the registry and of the disks

#include <functional>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/error_names.h"
#include "core/model/volume.h"
#include "core/pipeline/key_homes.h"
#include "core/pipeline/volumes.h"
#include "core/ports/volume_registry.h"

namespace millrace::pipeline {

struct VolumeReport {
    VolumeRecord record;
    VolumeStanding standing = VolumeStanding::ended;
    std::vector<SourceId> pinned = {};  // sources whose rows only the one of this name takes
};

// Of an error: what waits on the volume can still move on.
inline constexpr std::string_view kVolumeNotEmpty = error_names::kApiVolumeNotEmpty;

class VolumeActs {
public:
    using KeysMove = std::function<Result<void>(std::span<const KeyFound>)>;

    // `ended` hears of each volume that an act has ended, `keys_move` where keys are about to be
    // written: it puts that on record.
    VolumeActs(VolumeRegistry& registry, Volumes& volumes,
               std::function<void(const VolumeRecord&)> ended = {}, KeysMove keys_move = {})
        : registry_(registry),
          volumes_(volumes),
          ended_(std::move(ended)),
          keys_move_(std::move(keys_move)) {}

    // All that are or were known.
    Result<std::vector<VolumeReport>> list() const;

    // From here on the volume takes no rows and its files are closed. Nothing happens if it does
    // not serve.
    // Errors  volumeInUse: no other one takes rows, or sources are pinned to it
    Result<void> leave(const std::string& name);

    // Retires a volume on which nothing waits; its idempotency keys and the positions of its
    // sources are written to another one before.
    // Errors  volumeNotEmpty, with what waits; volumeNotRead: it is missing or has failed
    Result<VolumeRecord> retire(const std::string& name, const Instant& now);

    // Gives up what only the volume has. Sources that are pinned to it wait for another one of its
    // name, or for a change of their setting.
    // Errors  volumeInUse: it is in service
    Result<VolumeRecord> give_up(const std::string& name, WallTime now);

    // The record, with what is so now.
    VolumeReport report_of(VolumeRecord record) const;

private:
    Result<VolumeRecord> end(const VolumeId& volume);
    Result<void> checkpoint(const VolumeId& volume);
    Result<void> require_empty(const VolumeRecord& record);
    Result<void> move_keys(const VolumeRecord& record, const Instant& now);
    Result<void> move_positions(const VolumeRecord& record, const Instant& now);
    Result<void> write_keys(std::vector<RememberedAnswer> answers, const Instant& now);
    Result<void> write_elsewhere(RowBatch batch, const Instant& now);

    VolumeRegistry& registry_;
    Volumes& volumes_;
    std::mutex leaving_;  // two that leave at once would each count on the other
    const std::function<void(const VolumeRecord&)> ended_;
    const KeysMove keys_move_;
};

// The active volume of that name, or the one that ended last with it.
// Errors  not_found, stream.api.volumeNotFound
Result<VolumeRecord> find_named_volume(VolumeRegistry& registry, const std::string& name);

// "volume fast was declared lost on ..., 2 files, 3 slices and 40 rows were given up"
std::string end_sentence(const VolumeRecord& record);

}  // namespace millrace::pipeline
