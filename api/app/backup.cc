#include "api/app/backup.h"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <future>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <thread>
#include <utility>

#include "api/app/secret_keys.h"
#include "api/config/help.h"
#include "core/base/error_names.h"
#include "core/lifecycle/checked_source.h"
#include "core/ports/atomic_file.h"
#include "storage/catalog/restored_copy.h"
#include "storage/codec/gzip.h"
#include "storage/journal/checkpoint.h"
#include "storage/journal/key_files.h"
#include "storage/journal/volume_identity.h"
#include "storage/os/marked_folder.h"
#include "storage/os/private_file.h"
#include "storage/sqlite/copy_database.h"

namespace millrace {
namespace {

namespace fs = std::filesystem;

constexpr auto kCheckpointAtMost = std::chrono::minutes(1);
constexpr auto kClosedAtMost = std::chrono::minutes(5);
constexpr auto kLookEvery = std::chrono::milliseconds(20);
constexpr std::size_t kPieceBytes = 256 << 10;
constexpr std::size_t kKeyFileBytesMax = 64 << 10;

constexpr std::string_view kMarkText =
    "This folder is a backup of Millrace. A service does not start on it:\n"
    "    millrace restore THIS-FOLDER NEW-DATA-FOLDER\n";

Result<void> make_folder(Disk& disk, const std::string& path) {
    if (!path.starts_with('/')) {
        return Error(Code::invalid,
                     fmt::format("the path of a backup must be absolute, but is \"{}\"", path));
    }
    std::error_code failure;
    const auto above = (fs::path(path) / "").lexically_normal().parent_path().parent_path();
    const auto cannot_be_made = [&](std::string_view why) {
        return Error(
            Code::conflict,  // another path helps, a later attempt does not
            fmt::format("{} cannot be made ({}); make the folder that it is to be in", path, why));
    };
    if (!fs::is_directory(above, failure)) return cannot_be_made(above.string() + " is no folder");
    const auto made = os::make_marked_folder(disk, path, {.name = kBackupMark, .text = kMarkText});
    if (!made.ok()) {
        const bool is_told = made.error().code() == Code::conflict ||  // something is in the way
                             made.error().name() == kNoSpace ||        //
                             made.error().name() == kNoDescriptors;
        return is_told ? made.error() : cannot_be_made(made.error().operator_text());
    }
    fs::permissions(path, fs::perms::owner_all, failure);  // rows and secrets are in it
    return {};
}

// The text of the cause has the file that did not fit.
Error without_room(const Error& cause, const std::string& path) {
    return Error(Code::overloaded,
                 fmt::format("there is no room for the backup ({}): make some there, or name a "
                             "folder on another disk; remove {}, and take the backup again",
                             cause.operator_text(), path))
        .named(error_names::kApiDiskFull);
}

// Writes a file whole and durably. Returns its bytes.
Result<std::uint64_t> write_file(Disk& disk, const std::string& path, ByteSource& bytes) {
    TRY_ASSIGN(const auto file, disk.open(path, Disk::Open::create_new));
    std::vector<char> buffer(kPieceBytes);
    std::uint64_t written = 0;
    while (true) {
        TRY_ASSIGN(const auto count, bytes.read(buffer));
        if (count == 0) break;
        TRY(file->write_at(written, std::as_bytes(std::span(buffer).first(count))));
        written += count;
    }
    TRY(file->sync_data());
    return written;
}

class Backup {
public:
    Backup(const BackupSources& sources, const BackupOrder& order)
        : from_(sources), order_(order) {}

    Result<BackupManifest> run() {
        TRY(require_known_rows());
        TRY(make_folder(from_.disk, order_.path));
        for (const auto* folder : {"slices", "keys", "targets"}) {
            TRY(from_.disk.make_directories(out(folder)));
        }
        made_.version = config::version();
        made_.made_at = from_.clock.wall();
        made_.remembered = from_.config.backup_horizon;
        made_.target_folders = from_.target_folders;
        TRY(checkpoint());
        TRY(copy_keys());
        TRY(copy_positions());
        const lifecycle::RemovalHold::Held held(from_.hold);
        TRY(close_files());
        TRY(sqlite::copy_database(from_.config.data_dir + "/catalog.sqlite", out("catalog.copy")));
        undigested_.emplace_back("catalog.copy");
        TRY(copy_slices());
        if (order_.with_targets) TRY(copy_targets());
        if (order_.with_key_file) TRY(copy_key_file());
        for (const auto* folder : {"slices", "keys", "targets", ""}) {
            TRY(from_.disk.sync_directory(out(folder)));
        }
        made_.files.emplace();
        for (const auto& path : undigested_) {
            TRY_ASSIGN(auto file, measure_file(from_.disk, order_.path, path));
            made_.files->push_back(std::move(file));
        }
        TRY(write_manifest(from_.disk, order_.path, made_));
        return std::move(made_);
    }

private:
    std::string out(std::string_view name) const { return fmt::format("{}/{}", order_.path, name); }

    Result<void> go_on() const {
        if (!from_.stop) return {};
        return Error(Code::unavailable, "the service ends; take the backup again");
    }

    // Of a volume that is away nobody knows which rows it has; one that has failed closes nothing.
    Result<void> require_known_rows() const {
        auto away = from_.volumes.unknown_volumes();
        for (std::size_t lane = 0; lane < from_.volumes.lanes(); ++lane) {
            const auto volume = from_.volumes.volume_at(lane);
            if (from_.volumes.standing(volume) == pipeline::VolumeStanding::failed) {
                away.push_back(volume);
            }
        }
        if (away.empty()) return {};
        return Error(Code::conflict,
                     fmt::format("the volume {} has failed or is not here; bring it back or end it "
                                 "(docs/operations.md, Volumes)",
                                 from_.volumes.volume_name(away.front())));
    }

    // Rows that no client waits for are in no frame yet, and are bound to no file.
    Result<void> checkpoint() {
        const auto written = std::make_shared<std::promise<Result<void>>>();
        from_.volumes.checkpoint(
            [written](const Result<void>& result) { written->set_value(result); });
        auto outcome = written->get_future();
        if (outcome.wait_for(kCheckpointAtMost) != std::future_status::ready) {
            return Error(Code::unavailable, "the disk of a volume does not answer; try again");
        }
        return outcome.get().in("checkpoint");
    }

    // Before files are closed: a key that came later may be of rows that are not in the backup. A
    // file may go meanwhile, when its keys have expired.
    Result<void> copy_keys() {
        for (const auto& [name, directory] :
             config::all_volumes(from_.config.volumes, from_.config.data_dir)) {
            const auto folder = journal::journal_directory(directory);
            const auto names = from_.disk.list(folder);
            if (!names.ok()) continue;
            for (const auto& file : names.value()) {
                if (!file.starts_with("keys-") || file.find('.') != std::string::npos) continue;
                const auto bytes = read_whole(from_.disk, fmt::format("{}/{}", folder, file));
                if (!bytes.ok() && bytes.error().code() == Code::not_found) continue;
                if (!bytes.ok()) return bytes.error();
                if (!journal::decode_key_file(bytes.value(), [](const auto&) {}).ok()) continue;
                TRY(write_atomically(from_.disk, out(fmt::format("keys/{}-{}", name, file)),
                                     bytes.value()));
                ++made_.keys;
            }
        }
        return {};
    }

    // Where sources that read by themselves go on. Before files are closed: what is read later may
    // not be in the backup. What is in it all the same, CoverageStore knows.
    Result<void> copy_positions() {
        Positions positions;
        for (const auto& [name, directory] :
             config::all_volumes(from_.config.volumes, from_.config.data_dir)) {
            const auto folder = journal::journal_directory(directory);
            const auto newest = journal::read_newest_checkpoint(from_.disk, folder);
            if (!newest.ok() && newest.error().code() == Code::not_found) continue;
            if (!newest.ok()) return newest.error();
            if (!newest.value()) continue;
            for (const auto& position : newest.value()->positions) positions.add(position);
        }
        journal::Checkpoint copied;
        copied.positions = positions.all();
        made_.has_positions = true;
        return write_atomically(from_.disk, out("positions"), journal::encode_checkpoint(copied));
    }

    // Whether the catalog has the file with all its slices, or has forgotten it.
    Result<bool> is_settled(FileId id, const std::set<FileId>& in_journals) const {
        TRY_ASSIGN(const auto file, from_.catalog.find_file(id));
        if (!file) return !in_journals.contains(id);
        if (file->state == FileState::writing) return false;
        if (file->state != FileState::closing) return true;
        TRY_ASSIGN(const auto slices, from_.catalog.slices_of(id));
        return slices.size() >= file->slices;
    }

    std::set<FileId> files_in_journals() const {
        std::set<FileId> files;
        for (const auto& file : from_.volumes.open_files()) files.insert(file.id);
        for (const auto& slice : from_.volumes.local_slices()) files.insert(slice.opening.file);
        return files;
    }

    // The journal first: what it closes meanwhile goes from there to the catalog and never back.
    Result<void> close_files() {
        auto files = files_in_journals();
        for (std::size_t lane = 0; lane < from_.volumes.lanes(); ++lane) {
            TRY_ASSIGN(const auto writing,
                       from_.catalog.writing_files(from_.volumes.volume_at(lane)));
            for (const auto& file : writing) files.insert(file.id);
        }
        for (const auto file : files) from_.volumes.close_file(file);
        const auto until = from_.clock.steady() + kClosedAtMost;
        while (true) {
            const auto in_journals = files_in_journals();
            for (auto file = files.begin(); file != files.end();) {
                TRY_ASSIGN(const bool settled, is_settled(*file, in_journals));
                file = settled ? files.erase(file) : std::next(file);
            }
            if (files.empty()) return {};
            TRY(go_on());
            if (from_.clock.steady() > until) {
                return Error(Code::unavailable,
                             fmt::format("{} files could not be closed, among them {}; look at the "
                                         "disks of the volumes, and at the log",
                                         files.size(), to_string(*files.begin())));
            }
            std::this_thread::sleep_for(kLookEvery);
        }
    }

    Result<std::unique_ptr<ByteSource>> open(const Slice& slice) {
        if (slice.state != SliceState::uploaded) {
            TRY_ASSIGN(auto bytes, from_.volumes.read(slice));
            return std::unique_ptr<ByteSource>(
                std::make_unique<lifecycle::CheckedSource>(std::move(bytes), slice));
        }
        TRY_ASSIGN(auto* const staging, from_.stagings.at(slice.staged.staging));
        return lifecycle::open_staged(slice, *staging, gzip_);
    }

    // One that was uploaded since the catalog was copied is still where it was.
    Result<void> copy_slice(const Slice& slice) {
        const auto path = out(fmt::format("slices/{}.csv", to_string(slice.opening.slice)));
        TRY_ASSIGN(const auto bytes, open(slice));
        auto written = write_file(from_.disk, path, *bytes);
        if (!written.ok()) {
            static_cast<void>(from_.disk.remove(path));
            return std::move(written).error();
        }
        ++made_.slices;
        made_.rows += slice.content.rows;
        made_.bytes += written.value();
        return {};
    }

    // What was damaged or gone before waits in the installation too, and is no reason to have no
    // backup of the rest.
    Result<void> copy_slices() {
        TRY_ASSIGN(const auto slices, catalog::waiting_slices(out("catalog.copy")));
        for (const auto& slice : slices) {
            TRY(go_on());
            auto copied = copy_slice(slice);
            if (copied.ok()) continue;
            const auto code = copied.error().code();
            if (code != Code::corrupt && code != Code::not_found) {
                return std::move(copied).in("slice " + to_string(slice.opening.slice));
            }
            made_.missing.push_back({.slice = to_string(slice.opening.slice),
                                     .file = to_string(slice.opening.file),
                                     .reason = copied.error().operator_text()});
        }
        return {};
    }

    Result<void> copy_targets() {
        for (const auto& [name, folder] : from_.target_folders) {
            const auto to = out("targets/" + name);
            TRY(from_.disk.make_directories(to));
            TRY_ASSIGN(const auto files, from_.disk.list(folder));
            for (const auto& file : files) {
                if (!file.ends_with(".sqlite")) continue;
                TRY(go_on());
                TRY(sqlite::copy_database(fmt::format("{}/{}", folder, file),
                                          fmt::format("{}/{}", to, file)));
                undigested_.push_back(fmt::format("targets/{}/{}", name, file));
            }
            TRY(from_.disk.sync_directory(to));
        }
        made_.has_targets = true;
        return {};
    }

    Result<void> copy_key_file() {
        TRY_ASSIGN(const auto text,
                   os::read_small_file(secret_key_file(from_.config), kKeyFileBytesMax));
        TRY(os::replace_file(out("secrets.key"), text, os::FileAccess::owner));
        undigested_.emplace_back("secrets.key");
        made_.has_key_file = true;
        return {};
    }

    const BackupSources& from_;
    const BackupOrder& order_;
    codec::GzipCodec gzip_;
    BackupManifest made_;
    std::vector<std::string> undigested_;  // files that nothing else in the backup has a digest of
};

}  // namespace

Result<BackupManifest> make_backup(const BackupSources& sources, const BackupOrder& order) {
    auto made = Backup(sources, order).run();
    if (!made.ok() && made.error().name() == kNoSpace) {
        return without_room(made.error(), order.path).in("backup");
    }
    return std::move(made).in("backup");
}

std::string describe(const BackupManifest& manifest, const std::string& path) {
    auto text = fmt::format(
        "The backup of {} is in {}: the catalog, and {} rows in {} slices that "
        "are in no table yet.",
        format_utc(manifest.made_at), path, manifest.rows, manifest.slices);
    for (const auto& [name, folder] : manifest.target_folders) {
        text += manifest.has_targets
                    ? fmt::format(" It has the tables of the target {} ({}).", name, folder)
                    : fmt::format(" It has not the tables of the target {} ({}).", name, folder);
    }
    text += manifest.has_key_file
                ? " It has the key file: keep it as secret as that."
                : " It has not the key file, without which its sources cannot be opened.";
    if (!manifest.missing.empty()) {
        text += fmt::format(" {} slices could not be copied, the first because: {}.",
                            manifest.missing.size(), manifest.missing.front().reason);
    }
    return text;
}

}  // namespace millrace
