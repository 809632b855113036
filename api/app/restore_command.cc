#include "api/app/restore_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "api/app/backup_manifest.h"
#include "core/base/crc32c.h"
#include "core/base/duration.h"
#include "core/ports/atomic_file.h"
#include "storage/catalog/restored_copy.h"
#include "storage/journal/checkpoint.h"
#include "storage/journal/key_files.h"
#include "storage/journal/volume_identity.h"
#include "storage/os/marked_folder.h"
#include "storage/os/posix_disk.h"
#include "storage/os/private_file.h"
#include "storage/os/system_clock.h"
#include "storage/os/system_rng.h"
#include "storage/sqlite/copy_database.h"
#include "storage/sqlite/database.h"

namespace millrace {
namespace {

constexpr std::size_t kPieceBytes = 256 << 10;
constexpr std::size_t kKeyFileBytesMax = 64 << 10;
constexpr std::string_view kMarkText =
    "A restore is being made in this folder. If none runs, remove the folder and run it again.\n";

// A database of a target that is damaged or gone in the backup.
struct LostTables {
    std::string target;
    std::string file;
    std::string bucket;
    std::string fault;
};

class Restore {
public:
    struct Takes {
        bool older = false;    // a backup that is older than targets remember imports
        bool damaged = false;  // parts that are not as the backup says, which are left out
    };

    Restore(std::string backup, std::string folder, Takes takes)
        : backup_(std::move(backup)), folder_(std::move(folder)), takes_(takes) {}

    Result<std::string> run() {
        TRY_ASSIGN(const auto manifest, read_manifest(disk_, backup_));
        const auto now = clock_.wall();
        const bool is_old = now - manifest.made_at > manifest.remembered;
        if (is_old && !takes_.older) return too_old(manifest);
        TRY(require_sound_catalog(manifest));
        TRY(compare_targets(manifest));
        TRY(compare_key_file(manifest));
        if (!takes_.damaged && !(lost_tables_.empty() && lost_key_file_.empty())) {
            return is_damaged();
        }
        TRY(make_folder());
        TRY(copy_slices(manifest));
        TRY(copy_keys(manifest));
        TRY(copy_positions(manifest));
        if (!takes_.damaged && (!damaged_.empty() || !lacking_.empty())) return is_damaged();
        TRY(copy_targets(manifest));
        if (manifest.has_key_file && lost_key_file_.empty()) TRY(copy_key_file());
        TRY(sqlite::copy_database(backup_ + "/catalog.copy", in("catalog.sqlite")));
        const auto token = fmt::format("{:08x}", static_cast<std::uint32_t>(rng_.next()));
        TRY_ASSIGN(const auto rows,
                   catalog::make_restored(in("catalog.sqlite"), {.token = token,
                                                                 .backup_at = manifest.made_at,
                                                                 .now = now,
                                                                 .remembered = manifest.remembered,
                                                                 .sets_aside = is_old}));
        TRY(disk_.sync_directory(folder_));
        TRY(disk_.remove(in(kRestoreMark)));  // the last step: from here on it starts
        TRY(disk_.sync_directory(folder_));
        return describe(manifest, rows, is_old);
    }

private:
    std::string in(std::string_view name) const { return fmt::format("{}/{}", folder_, name); }

    static Error too_old(const BackupManifest& manifest) {
        return {
            Code::conflict,
            fmt::format("the backup is of {}, and targets remember for {} which files they have "
                        "imported: files that were imported since could be imported again. "
                        "Restore a newer backup; or restore this one with --older, which sets "
                        "every file aside that waits, to restore or discard each once it is "
                        "known whether its rows are in the table",
                        format_utc(manifest.made_at), format_duration(manifest.remembered))};
    }

    Error is_damaged() const {
        std::vector<std::string> all;
        if (!damaged_.empty()) {
            all.push_back(
                fmt::format("{} slices of the backup are damaged or gone", damaged_.size()));
        }
        all.insert(all.end(), damaged_.begin(), damaged_.end());
        all.insert(all.end(), lacking_.begin(), lacking_.end());
        std::vector<std::string> costs;
        if (!damaged_.empty()) {
            costs.emplace_back(
                "the files of such slices wait until you set those slices aside, "
                "and all others are imported");
        }
        for (const auto& lost : lost_tables_) {
            all.push_back(lost.fault);
            costs.push_back(
                fmt::format("the tables of the bucket {} of the target {} are gone "
                            "with all their rows",
                            lost.bucket, lost.target));
        }
        if (!lost_key_file_.empty()) {
            all.push_back(lost_key_file_);
            costs.emplace_back("you put a copy of the key file there yourself");
        }
        const auto remove = has_folder_ ? fmt::format("Remove {} and restore", folder_) : "Restore";
        return {Code::corrupt,
                fmt::format("{}. {} another backup; or this one with --damaged, which leaves out "
                            "what is damaged or gone{}{}",
                            fmt::join(all, "; "), remove, costs.empty() ? "" : ": ",
                            fmt::join(costs, "; "))};
    }

    // Before anything is made: nothing of the backup means anything without it.
    Result<void> require_sound_catalog(const BackupManifest& manifest) {
        const auto path = backup_ + "/catalog.copy";
        TRY_ASSIGN(auto fault, fault_of_file(disk_, backup_, manifest, "catalog.copy"));
        if (fault.empty()) {
            const auto found = fault_of(path);
            fault = found.ok() ? found.value() : found.error().operator_text();
        }
        if (fault.empty()) return {};
        return Error(Code::corrupt,
                     fmt::format("{} is damaged or gone ({}), and nothing of the backup can be "
                                 "used without it: restore another backup",
                                 path, fault));
    }

    Result<void> compare_targets(const BackupManifest& manifest) {
        for (const auto& [name, folder] : manifest.target_folders) {
            for (const auto& file : listed_databases(manifest, name)) {
                TRY_ASSIGN(auto fault, fault_of_file(disk_, backup_, manifest,
                                                     fmt::format("targets/{}/{}", name, file)));
                if (fault.empty()) continue;
                lost_tables_.push_back({.target = name,
                                        .file = file,
                                        .bucket = file.substr(0, file.rfind('.')),
                                        .fault = std::move(fault)});
            }
        }
        return {};
    }

    Result<void> compare_key_file(const BackupManifest& manifest) {
        TRY_ASSIGN(lost_key_file_, fault_of_file(disk_, backup_, manifest, "secrets.key"));
        return {};
    }

    // Their names in the folder of the target.
    static std::vector<std::string> listed_databases(const BackupManifest& manifest,
                                                     const std::string& target) {
        std::vector<std::string> databases;
        const auto folder = fmt::format("targets/{}/", target);
        for (const auto& file : manifest.files.value_or(std::vector<BackupManifest::File>())) {
            if (!file.path.starts_with(folder)) continue;
            auto name = file.path.substr(folder.size());
            if (name.find('/') == std::string::npos) databases.push_back(std::move(name));
        }
        return databases;
    }

    bool is_lost(const std::string& target, const std::string& file) const {
        return std::ranges::any_of(lost_tables_, [&](const LostTables& lost) {
            return lost.target == target && lost.file == file;
        });
    }

    // Empty: none.
    static Result<std::string> fault_of(const std::string& database_file) {
        TRY_ASSIGN(auto database, sqlite::Database::open(database_file, {.read_only = true}));
        TRY_ASSIGN(auto query, database.query("PRAGMA quick_check(1)"));
        TRY_ASSIGN(const bool has_row, query->step());
        const auto text = has_row ? query.row().text() : std::string("it cannot be checked");
        if (text != "ok") return text;
        TRY(catalog::waiting_slices(database_file));
        return std::string();
    }

    Result<void> make_folder() {
        TRY(os::make_marked_folder(disk_, folder_, {.name = kRestoreMark, .text = kMarkText}));
        has_folder_ = true;
        for (const auto* name : {"volumes/default/slices", "volumes/default/journal"}) {
            TRY(disk_.make_directories(in(name)));
        }
        return {};
    }

    Result<void> copy_file(const std::string& from, const std::string& to, const Slice& slice) {
        TRY_ASSIGN(const auto source, disk_.open(from, Disk::Open::existing));
        TRY_ASSIGN(const auto copy, disk_.open(to, Disk::Open::create_new));
        std::string piece(kPieceBytes, '\0');
        std::uint64_t bytes = 0;
        std::uint32_t crc = 0;
        while (true) {
            TRY_ASSIGN(const auto count,
                       source->read_at(bytes, std::as_writable_bytes(std::span(piece))));
            if (count == 0) break;
            TRY(copy->write_at(bytes, std::as_bytes(std::span(piece).first(count))));
            crc = crc32c(crc, std::string_view(piece).substr(0, count));
            bytes += count;
        }
        TRY(copy->sync_data());
        if (bytes == slice.content.bytes && crc == slice.content.crc) return {};
        return Error(Code::corrupt,
                     fmt::format("{} is damaged: {} bytes with the CRC {:08x}, {} with {:08x} were "
                                 "copied",
                                 from, bytes, crc, slice.content.bytes, slice.content.crc));
    }

    // One that the backup could not copy was missing before, and its file waits as it did. So does
    // that of a damaged one, which keeps its bytes under another name.
    Result<void> copy_slices(const BackupManifest& manifest) {
        std::set<std::string> missing;
        for (const auto& one : manifest.missing) missing.insert(one.slice);
        TRY_ASSIGN(const auto slices, catalog::waiting_slices(backup_ + "/catalog.copy"));
        for (const auto& slice : slices) {
            const auto name = to_string(slice.opening.slice);
            const auto from = fmt::format("{}/slices/{}.csv", backup_, name);
            const auto to = in(fmt::format("volumes/default/slices/{}.csv", name));
            auto copied = copy_file(from, to, slice);
            if (copied.ok()) continue;
            if (copied.error().code() == Code::not_found) {
                if (missing.contains(name)) {
                    ++missing_;
                } else {
                    damaged_.push_back(from + " is not there");
                }
            } else if (copied.error().code() == Code::corrupt) {
                TRY(disk_.rename(to, to + ".damaged"));
                damaged_.push_back(copied.error().operator_text());
            } else {
                return copied;
            }
        }
        return disk_.sync_directory(in("volumes/default/slices"));
    }

    // The new journal has no frames, and finds the keys in files as those behind checkpoints. Their
    // numbers are above those of its own checkpoints, which replace none of them.
    Result<void> copy_keys(const BackupManifest& manifest) {
        constexpr std::uint64_t kFirst = std::uint64_t{1} << 62;
        auto names = disk_.list(backup_ + "/keys");
        if (!names.ok() && names.error().code() != Code::not_found) return names.error();
        const auto found = names.ok() ? std::move(names).value() : std::vector<std::string>();
        if (found.size() < manifest.keys) {
            lacking_.push_back(fmt::format("{}/keys has {} files of idempotency keys, and had {}",
                                           backup_, found.size(), manifest.keys));
        }
        auto number = kFirst;
        for (const auto& name : found) {
            const auto path = fmt::format("{}/keys/{}", backup_, name);
            TRY_ASSIGN(const auto bytes, read_whole(disk_, path));
            journal::AnswerEntries answers;
            const auto decoded = journal::decode_key_file(
                bytes, [&](const RememberedAnswer& answer) { answers.add(answer); });
            if (!decoded.ok()) {
                lacking_.push_back(fmt::format("the idempotency keys in {} are damaged ({})", path,
                                               decoded.error().operator_text()));
                continue;
            }
            if (answers.count == 0) continue;
            TRY(journal::KeyFiles(disk_, in("volumes/default/journal"), ~std::uint64_t{0})
                    .store(Sequence(number++), answers));
        }
        return {};
    }

    // The new journal has no frames; its first checkpoint says where sources go on. Backups of
    // earlier versions do not know it.
    Result<void> copy_positions(const BackupManifest& manifest) {
        const auto path = backup_ + "/positions";
        const auto bytes = read_whole(disk_, path);
        if (!bytes.ok() && bytes.error().code() == Code::not_found) {
            if (manifest.has_positions) lacking_.push_back(path + " is not there");
            return {};
        }
        if (!bytes.ok()) return bytes.error();
        const auto copied = journal::decode_checkpoint(bytes.value());
        if (!copied.ok()) {
            lacking_.push_back(
                fmt::format("{} is damaged ({})", path, copied.error().operator_text()));
            return {};
        }
        const AgeTime now{clock_.wall().unix_ms};
        TRY(journal::take_identity(disk_, rng_, now, in("volumes/default"), std::nullopt));
        journal::Checkpoint first;
        first.positions = copied.value().positions;
        has_positions_ = true;
        return journal::store_checkpoint(disk_, in("volumes/default/journal"), first);
    }

    std::string target_folder(const std::string& name) const {
        return in(name == config::kDefaultBackend ? "target" : "targets/" + name);
    }

    Result<void> copy_targets(const BackupManifest& manifest) {
        if (!manifest.has_targets) return {};
        for (const auto& [name, folder] : manifest.target_folders) {
            const auto to = target_folder(name);
            TRY(disk_.make_directories(to));
            const auto from = fmt::format("{}/targets/{}", backup_, name);
            auto files = listed_databases(manifest, name);
            if (!manifest.files) {
                TRY_ASSIGN(files, disk_.list(from));
            }
            for (const auto& file : files) {
                if (is_lost(name, file)) continue;
                TRY(sqlite::copy_database(fmt::format("{}/{}", from, file),
                                          fmt::format("{}/{}", to, file)));
            }
            TRY(disk_.sync_directory(to));
        }
        return {};
    }

    Result<void> copy_key_file() {
        TRY_ASSIGN(const auto text,
                   os::read_small_file(backup_ + "/secrets.key", kKeyFileBytesMax));
        return os::replace_file(in("secrets.key"), text, os::FileAccess::owner);
    }

    std::string describe(const BackupManifest& manifest, const catalog::RestoredRows& rows,
                         bool is_old) const {
        auto text = fmt::format(
            "{} is the installation of {}: {} rows in {} files are in no table "
            "as far as it knows, and {}.",
            folder_, format_utc(manifest.made_at), rows.rows, rows.files,
            is_old ? "are set aside" : "are imported, those that were imported since only once");
        if (missing_ > 0) text += fmt::format(" {} slices were missing in the backup.", missing_);
        for (const auto& slice : damaged_) text += "\nLeft out: " + slice + ".";
        for (const auto& part : lacking_) text += "\nLeft out: " + part + ".";
        for (const auto& [name, folder] : manifest.target_folders) {
            text += manifest.has_targets
                        ? fmt::format("\nThe tables of the target {} are in {}.", name,
                                      target_folder(name))
                        : fmt::format(
                              "\nThe tables of the target {} were in {}, and are not in the "
                              "backup: let [targets.{}] name that folder, or put a copy of "
                              "it into {}.",
                              name, folder, name, target_folder(name));
        }
        for (const auto& lost : lost_tables_) {
            const auto place = fmt::format("{}/{}", target_folder(lost.target), lost.file);
            text += fmt::format(
                "\nLeft out: {}. The tables of the bucket {} of the target {} are not restored, "
                "with all rows that were in them. If you have a copy of {}, put it there before "
                "the start; else enable each of its sinks once the service runs (PUT "
                ".../enable), which makes their tables anew for the rows that wait and that come.",
                lost.fault, lost.bucket, lost.target, place);
        }
        if (!lost_key_file_.empty()) text += "\nLeft out: " + lost_key_file_ + ".";
        if (!manifest.has_key_file || !lost_key_file_.empty()) {
            text += fmt::format(
                "\nThe key file is not restored: put your copy of it into {}, "
                "or name it by --secrets.key-file.",
                in("secrets.key"));
        }
        if (rows.kafka_sources > 0) {
            text += fmt::format(
                "\n{} Kafka sources are paused. {}", rows.kafka_sources,
                has_positions_
                    ? "Take \"paused\" of each back: it goes on where the backup was taken, and "
                      "rows that were imported since are not made again."
                    : "How far they were read is not in this backup, which is damaged or was taken "
                      "by an earlier version: give each a startFrom and take \"paused\" back.");
        }
        text += "\nVolumes of the configuration begin anew: give each an empty directory.";
        return text;
    }

    const std::string backup_;
    const std::string folder_;
    const Takes takes_;
    os::PosixDisk disk_;
    os::SystemClock clock_;
    os::SystemRng rng_;
    bool has_folder_ = false;
    std::uint64_t missing_ = 0;
    bool has_positions_ = false;
    std::vector<std::string> damaged_;  // slices
    std::vector<std::string> lacking_;  // other parts
    std::vector<LostTables> lost_tables_;
    std::string lost_key_file_;  // its fault; empty: none
};

}  // namespace

Result<CommandOutput> restore_backup(const config::Command& command) {
    Restore restore(command.operands.at(0), command.operands.at(1),
                    {.older = command.switches.contains(kOlderSwitch),
                     .damaged = command.switches.contains(kDamagedSwitch)});
    TRY_ASSIGN(auto text, restore.run());
    return CommandOutput{.text = std::move(text)};
}

}  // namespace millrace
