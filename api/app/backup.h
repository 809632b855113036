#pragma once
// make_backup(): a copy of an installation while it runs.
//
// It has every row that was answered before the call, and each exactly once over the old
// installation, which goes on, and the restored one:
//
//   1. a checkpoint of each volume, then a copy of the idempotency keys and of how far sources were
//      read: each of them has its rows in what follows
//   2. every file with rows is closed, and the catalog has it with all its slices: from here on
//      their rows are final, whoever imports them
//   3. the catalog of one moment
//   4. the slices that it names and whose rows are in no table, from their volume or from staging.
//      Meanwhile nothing is removed (RemovalHold)
//   5. the embedded targets, if wanted: after the catalog, so that what they lack is in it
//   6. the manifest
//
// Thread   one backup at a time, on a thread of its own.
// Durable  when it returns ok.
// See      docs/adr/0026-backup.md, docs/formats/backup.md; api/app/restore_command.h

#include <atomic>
#include <map>
#include <string>
#include <vector>

#include "api/app/backup_manifest.h"
#include "api/config/config.h"
#include "core/base/result.h"
#include "core/lifecycle/backends.h"
#include "core/lifecycle/removal_hold.h"
#include "core/pipeline/volumes.h"
#include "core/ports/clock.h"
#include "core/ports/disk.h"
#include "core/ports/file_catalog.h"

namespace millrace {

struct BackupSources {
    const config::Config& config;
    Disk& disk;
    const Clock& clock;
    FileCatalog& catalog;
    pipeline::Volumes& volumes;
    const lifecycle::Stagings& stagings;
    lifecycle::RemovalHold& hold;
    const std::map<std::string, std::string>& target_folders;  // of embedded ones, by name
    const std::atomic<bool>& stop;                             // gives it up
};

struct BackupOrder {
    std::string path;  // absolute; is made, or is an empty folder
    bool with_targets = false;
    bool with_key_file = false;
};

// Errors  invalid: the path; conflict: something is there, or a volume is not read, so that nobody
//         knows what it has; unavailable: with what helps. What was written then is no backup
Result<BackupManifest> make_backup(const BackupSources& sources, const BackupOrder& order);

// What it is and what it lacks, for people.
std::string describe(const BackupManifest& manifest, const std::string& path);

}  // namespace millrace
