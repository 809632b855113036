#pragma once
// What is done with the configured volumes before anything of one is written: each directory is
// locked, compared with the others by what it is, and looked up in the registry. `millrace check`
// does the same without the lock.
//
// Lifetime  the locks are in what is returned: the volumes are ours until it goes.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "api/config/config.h"
#include "core/base/result.h"
#include "core/model/volume.h"
#include "core/ports/disk.h"
#include "core/ports/volume_registry.h"
#include "storage/os/directory_lock.h"

namespace millrace {

struct AdmittedVolume {
    VolumeId volume;
    std::string name;
    std::string directory;
    std::optional<os::DirectoryLock> lock;
    Result<void> prepared;  // how making its directory went: an error is for the opening to judge
};

struct AdmittedVolumes {
    std::vector<AdmittedVolume> configured;
    std::vector<VolumeRecord> absent;  // active ones that are not configured
};

struct VolumeCondition {
    std::string volume;                   // its name
    std::function<Result<void>()> holds;  // errors as of admit_volumes(), but for locks
};

// What admit_volumes() would refuse each of the volumes for, as far as that can be told without a
// lock; nothing is made. `known` is what the registry has; it, the configuration and the disk
// outlive them.
std::vector<VolumeCondition> volume_conditions(Disk& disk, const std::vector<VolumeRecord>& known,
                                               const config::Config& config);

// The active ones of `known` that are not configured, as far as that can be told without a lock.
std::vector<VolumeRecord> absent_volumes(Disk& disk, const std::vector<VolumeRecord>& known,
                                         const config::Config& config);

// The volumes of the configuration and the implied default; not that if it has ended and there are
// others.
// Errors  conflict  two are in one directory, another process has one, or policy::admit_volume()
//                   refuses one; each with names, directories and the remedy
//         those of the registry
Result<AdmittedVolumes> admit_volumes(Disk& disk, VolumeRegistry& registry,
                                      const config::Config& config);

}  // namespace millrace
