#pragma once
// VolumeRegistry: which volumes there are and were, and what became of them.
//
// Thread   any; writes are serialised inside.
// Durable  every write is on disk when it returns, in one transaction: it happened or it did not.
// Errors   those of the catalog; others where said.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/model/volume.h"

namespace millrace {

class VolumeRegistry {
public:
    virtual ~VolumeRegistry() = default;

    // All that were ever opened, by name; of one name the active one first.
    virtual Result<std::vector<VolumeRecord>> volumes() = 0;
    virtual Result<std::optional<VolumeRecord>> find_volume(const VolumeId& volume) = 0;

    // What a volume says of itself when it is opened.
    struct Opening {
        VolumeId volume;
        Uuid uuid;
        std::string name;
        std::string directory;
        BatchNumber durable;     // the last batch that recovery found
        std::uint64_t life = 0;  // that the volume has; 0: none
        WallTime at;
    };
    struct Life {
        BatchNumber last_batch;  // the last number of the lives before
        std::uint64_t number = 0;
    };
    // Begins a life of the volume, which becomes known with its first: batches above `durable` that
    // lives before gave are lost. The volume writes down the number of the life, and then
    // confirm_life() follows.
    // Errors  conflict: it is another volume than the one known by this VolumeId, it is not active,
    //         or another active one has its name
    virtual Result<Life> begin_life(const Opening& opening) = 0;
    virtual Result<void> confirm_life(const VolumeId& volume, std::uint64_t life) = 0;

    // One that was renamed so before stays as it is.
    // Errors  not_found: no active volume is called `from`; conflict: another one is called `to`
    virtual Result<void> rename_volume(const std::string& from, const std::string& to,
                                       WallTime now) = 0;

    // Damage has taken the end of the journal: what was sealed behind `last` proves nothing any
    // more.
    virtual Result<void> accept_end(const VolumeId& volume, Sequence last) = 0;

    // Whether retire_volume() can end it.
    // Errors  conflict: its files or slices wait; not_found
    virtual Result<void> require_nothing_waits(const VolumeId& volume) = 0;

    // Ends a volume on which nothing waits. One that is retired already stays as it is.
    // Errors  conflict: its files or slices wait, or it is lost; not_found
    virtual Result<void> retire_volume(const VolumeId& volume, WallTime now) = 0;

    // Ends a volume whose disk is gone. Its files end with the slices that are uploaded, and are
    // imported; slices that only the volume had are forgotten. One that is lost already stays as it
    // is.
    // Errors  conflict: it is retired; not_found
    virtual Result<void> give_up_volume(const VolumeId& volume, WallTime now) = 0;
};

}  // namespace millrace
