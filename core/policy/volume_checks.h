#pragma once
// Which volume a configured directory is, and whether it may be opened as what the configuration
// calls it. Mistakes that would strand, lose or double rows are refused with the remedy.

#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/model/volume.h"

namespace millrace::policy {

// What was found behind an entry of the configuration; nothing of it was written yet.
struct FoundVolume {
    std::string name;
    std::string directory;
    std::optional<Uuid> uuid;
    bool has_journal = false;  // with or without rows
    std::uint64_t life = 0;
};

// Returns what rows call the volume. A new one gets a VolumeId that none of `known` had.
// Errors  conflict  it is known by another name, or is not the one with that name; it is retired or
//                   lost; it is of another installation; its journal was emptied, or is older or
//                   newer than the registry
Result<VolumeId> admit_volume(const FoundVolume& found, const std::vector<VolumeRecord>& known);

// What rows will call a new volume of that name: as none of `known` was ever called, because one
// that was renamed or has ended keeps its VolumeId.
VolumeId new_volume_id(const std::string& name, const std::vector<VolumeRecord>& known);

// The one with that name; of `known`, which outlives it. Null: none.
const VolumeRecord* find_active(const std::vector<VolumeRecord>& known, std::string_view name);

// "was retired on 2026-01-01T00:00:00.000Z", "was declared lost on ..."; of one that has ended.
std::string end_text(const VolumeRecord& record);

}  // namespace millrace::policy
