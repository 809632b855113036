#pragma once
// BackupManifest: what a backup says of itself, in its file backup.json, which is written last: a
// folder without one is no backup. See docs/formats/backup.md.
//
//     OUT/MILLRACE-BACKUP   for people, and for a start, which refuses the folder
//     OUT/backup.json       this
//     OUT/catalog.copy      the catalog of one moment
//     OUT/slices/ID.csv     rows that are in no table yet
//     OUT/keys/             idempotency keys, in the form of docs/formats/keys.md
//     OUT/positions         how far sources were read, as a checkpoint (docs/formats/checkpoint.md)
//     OUT/targets/NAME/     databases of embedded targets, if they were asked for
//     OUT/secrets.key       the key file, if it was asked for

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/ports/disk.h"

namespace millrace {

inline constexpr std::string_view kBackupMark = "MILLRACE-BACKUP";
inline constexpr std::string_view kRestoreMark = "MILLRACE-RESTORE";  // of a restore under way

struct BackupManifest {
    struct Missing {
        std::string slice;
        std::string file;
        std::string reason;
    };
    // One that no other part of the backup has a digest of.
    struct File {
        std::string path;  // within the backup: "targets/lake/in.c-shop.sqlite"
        std::uint64_t bytes = 0;
        std::uint32_t crc = 0;  // CRC32C
    };

    std::string version;  // of the program
    WallTime made_at;     // every row that was answered before is in it
    Milliseconds remembered{0};
    std::uint64_t slices = 0;
    std::uint64_t rows = 0;  // of the slices
    std::uint64_t bytes = 0;
    std::uint64_t keys = 0;        // files of them
    std::vector<Missing> missing;  // damaged or gone before, as the installation has them too
    std::map<std::string, std::string> target_folders;  // of embedded targets, where they were
    bool has_targets = false;
    bool has_key_file = false;
    bool has_positions = false;  // backups of earlier versions may have them all the same
    std::optional<std::vector<File>> files;  // none: of an earlier version, which did not list them
};

// The file as it is now.
// Errors  not_found; those of the disk
Result<BackupManifest::File> measure_file(Disk& disk, const std::string& folder, std::string path);

// What is wrong with a file of the backup, with its path; empty: it is as the manifest says, or the
// manifest says nothing of it.
// Errors  those of the disk, but for a file that is gone
Result<std::string> fault_of_file(Disk& disk, const std::string& folder,
                                  const BackupManifest& manifest, std::string_view path);

Result<void> write_manifest(Disk& disk, const std::string& folder, const BackupManifest& manifest);

// Errors  not_found: it is no backup, or one that did not come to its end; conflict: of a newer
//         version of the program; corrupt
Result<BackupManifest> read_manifest(Disk& disk, const std::string& folder);

// A data folder that is none.
// Errors  conflict: it is a backup, or a restore into it did not come to its end, with what to do
Result<void> refuse_backup(Disk& disk, const std::string& data_folder);

}  // namespace millrace
