#include "api/app/repair_command.h"

#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/app/app.h"
#include "api/app/backup_manifest.h"
#include "api/app/catalog_inspection.h"
#include "api/app/inspect_commands.h"
#include "api/app/journal_inspection.h"
#include "api/app/staged_damage.h"
#include "api/app/stopped_folder.h"
#include "api/app/supposed_disk.h"
#include "core/ports/atomic_file.h"
#include "storage/catalog/catalog_summary.h"
#include "storage/journal/segment_reader.h"
#include "storage/journal/volume_identity.h"
#include "storage/os/directory_lock.h"
#include "storage/os/posix_disk.h"

namespace millrace {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr std::uint32_t kFilesMax = 100'000;
constexpr std::string_view kDamaged = ".damaged";

struct Action {
    std::string what;
    std::string fault;
    std::string done;  // or what to do
    bool is_left = false;
};

class Repair {
public:
    struct Wishes {
        bool is_dry = false;
        Whose stagings = Whose::of_this_machine;  // that are read
    };
    Repair(const config::Config& config, const Kinds& kinds, Wishes wishes)
        : config_(config), kinds_(kinds), is_dry_(wishes.is_dry), stagings_(wishes.stagings) {}

    // The catalog first: without it nobody knows what is right.
    Result<std::vector<Action>> run() {
        TRY(lock());
        auto summary = check_catalog();
        if (!summary) return std::move(actions_);
        TRY_ASSIGN(const auto volumes, records());
        for (const auto& volume : volumes) {
            if (volume.state == VolumeState::active) repair_volume(volume);
        }
        auto files = repair_files(*summary);
        if (!files.ok()) leave("files", files.error().operator_text(), "mend that, run it again");
        return std::move(actions_);
    }

private:
    void did(std::string what, std::string fault, std::string done) {
        actions_.push_back({.what = std::move(what),
                            .fault = std::move(fault),
                            .done = (is_dry_ ? "would be " : "") + std::move(done)});
    }
    void leave(std::string what, std::string fault, std::string remedy) {
        actions_.push_back({.what = std::move(what),
                            .fault = std::move(fault),
                            .done = std::move(remedy),
                            .is_left = true});
    }
    // What was wrong while repairing is left to a person.
    void note(const Result<void>& repaired, const std::string& what) {
        if (!repaired.ok()) {
            leave(what, repaired.error().operator_text(), "mend that, run it again");
        }
    }

    std::string catalog_path() const { return config_.data_dir + "/catalog.sqlite"; }

    Result<void> lock() {
        std::error_code failure;
        if (!fs::is_directory(config_.data_dir, failure)) {
            return Error(Code::not_found, fmt::format("{} is no folder", config_.data_dir));
        }
        TRY(refuse_backup(disk_, config_.data_dir));
        auto locked = os::DirectoryLock::acquire(config_.data_dir);
        if (locked.ok()) return {};  // it is taken again by what opens the catalog
        if (locked.error().code() != Code::conflict) return locked.error();
        return std::move(locked).error().named(kDataLocked).in("stop the service first");
    }

    std::optional<catalog::CatalogSummary> check_catalog() {
        constexpr std::string_view kRemedy =
            "nothing was changed: put the catalog back by millrace restore from a backup; the rows "
            "of slices are CSV in volumes/*/slices and staging";
        auto summary = catalog::CatalogSummary::open(catalog_path());
        if (!summary.ok()) {
            leave(catalog_path(), summary.error().operator_text(), std::string(kRemedy));
            return std::nullopt;
        }
        const auto wrong = summary.value().check();
        if (wrong.ok() && wrong.value().empty()) return std::move(summary).value();
        leave(catalog_path(), wrong.ok() ? wrong.value().front() : wrong.error().operator_text(),
              std::string(kRemedy));
        return std::nullopt;
    }

    Result<std::vector<VolumeRecord>> records() {
        TRY_ASSIGN(const auto folder, StoppedFolder::open(config_));
        return folder->catalog->volumes();
    }

    std::string directory_of(const VolumeRecord& volume) const {
        const auto all = config::all_volumes(config_.volumes, config_.data_dir);
        const auto configured = all.find(volume.name);
        if (configured != all.end()) return configured->second;
        return volume.directory;
    }

    void repair_volume(const VolumeRecord& volume) {
        const auto directory = directory_of(volume);
        const auto what = "volume " + volume.name;
        if (disk_.open(directory + "/FAILED", Disk::Open::existing).ok()) {
            leave(what, directory + "/FAILED is there",
                  "look at the disk, then remove that file (docs/operations.md, Volumes)");
        }
        note(repair_identity(volume, directory), what);
        const auto inspected = inspect_journal(disk_, directory);
        if (!inspected.ok()) {
            return leave(what, inspected.error().operator_text(),
                         "mount its disk, or see docs/operations.md, Volumes");
        }
        const auto& found = inspected.value().found;
        const auto folder = journal::journal_directory(directory) + "/";
        for (const auto* list : {"checkpoints", "keyFiles"}) {
            const std::string key =
                list == std::string_view("checkpoints") ? "checkpoint" : "keyFile";
            for (const auto& file : found.at(list)) {
                if (file.at("state") != "damaged") continue;
                note(put_aside(folder + file.at(key).get<std::string>()), what);
            }
        }
        for (const auto& damage : found.at("damages")) {
            note(copy_segment(
                     damage.at("segment").get<std::string>(),
                     fmt::format("{}: frames {} to {}", damage.at("damage").get<std::string>(),
                                 damage.at("firstFrame").get<std::uint64_t>(),
                                 damage.at("lastFrame").get<std::uint64_t>())),
                 what);
        }
    }

    // Both files are small and the catalog knows what was in them.
    Result<void> repair_identity(const VolumeRecord& volume, const std::string& directory) {
        const auto identity = journal::read_identity(disk_, directory);
        if (identity.ok() && identity.value().id != volume.uuid)
            return repair_id(volume, directory);
        if (identity.ok()) return repair_life(volume, directory, identity.value());
        if (identity.error().code() != Code::corrupt) return {};
        const auto id_path = directory + "/volume-id";
        const auto id = read_whole(disk_, id_path);
        const bool is_id = id.ok() && parse_uuid(std::string_view(id.value()).substr(0, 36));
        if (!is_id && volume.uuid) {
            TRY(put_aside(id_path));
            TRY(write_atomically(disk_, id_path, to_string(*volume.uuid) + "\n"));
        }
        const auto again = journal::read_identity(disk_, directory);
        if (again.ok() || again.error().code() != Code::corrupt) return {};
        TRY(put_aside(journal::journal_directory(directory) + "/life"));
        return journal::write_life(disk_, directory, volume.begun_life);
    }

    // It is gone, or has the id of another volume; segments prove which one the directory is.
    Result<void> repair_id(const VolumeRecord& volume, const std::string& directory) {
        if (!volume.uuid) return {};
        const auto folder = journal::journal_directory(directory);
        const auto segments = journal::list_segments(disk_, folder, *volume.uuid);
        if (!segments.ok() || segments.value().files.empty()) return {};
        const auto path = directory + "/volume-id";
        const bool is_there = disk_.open(path, Disk::Open::existing).ok();
        if (is_there) {
            TRY(put_aside(path, "has another id than the journal beside it"));
        } else {
            did(path, "is not there", "written again");
        }
        return write_atomically(disk_, path, to_string(*volume.uuid) + "\n");
    }

    // It is gone, and the journal is there. Whether that is the newest, a start tells by frames.
    Result<void> repair_life(const VolumeRecord& volume, const std::string& directory,
                             const journal::VolumeIdentity& found) {
        if (found.life > 0 || volume.confirmed_life == 0) return {};
        if (!found.has_journal || found.id != volume.uuid) return {};
        TRY(journal::write_life(disk_, directory, volume.begun_life));
        did(journal::journal_directory(directory) + "/life", "is not there", "written again");
        return {};
    }

    Result<void> put_aside(const std::string& path, std::string fault = "cannot be read") {
        auto to = path + std::string(kDamaged);
        for (int number = 2; disk_.open(to, Disk::Open::existing).ok(); ++number) {
            to = fmt::format("{}{}-{}", path, kDamaged, number);
        }
        TRY(disk_.rename(path, to));
        TRY(disk_.sync_directory(fs::path(path).parent_path().string()));
        did(path, std::move(fault), "put aside as " + to);
        return {};
    }

    Result<void> copy_segment(const std::string& path, const std::string& fault) {
        if (path == "gone") {
            leave(
                "journal", "a segment is gone: " + fault,
                "a start counts its rows as lost; put it back from a copy first, if there is one");
            return {};
        }
        const auto to = path + std::string(kDamaged);
        if (disk_.open(to, Disk::Open::existing).ok()) return {};  // by a run before this one
        TRY_ASSIGN(const auto bytes, read_whole(disk_, path));
        TRY(write_atomically(disk_, to, bytes));
        did(path, fault, "copied to " + to + "; a start reads what can be read");
        return {};
    }

    struct WaitingFile {
        std::string id;
        bool is_open = false;  // it may get more slices
    };

    // Files of which a slice is not as it was sealed, and that wait for it.
    Result<void> repair_files(catalog::CatalogSummary& summary) {
        TRY_ASSIGN(const auto waiting, summary.waiting_files(kFilesMax));
        std::vector<WaitingFile> sound;
        for (const auto& id : waiting) {
            const auto inspected = inspect_file(disk_, config_.data_dir, id);
            if (!inspected.ok()) return inspected.error();
            const auto& found = inspected.value().found;
            const auto state = found.at("state").get<std::string>();
            if (state == "setAside") continue;
            WaitingFile file{.id = id, .is_open = state == "writing"};
            if (inspected.value().faults > 0) {
                TRY(give_up(file, first_fault(found.at("slices"))));
            } else {
                sound.push_back(std::move(file));
            }
        }
        TRY_ASSIGN(const auto faults, faults_in_staging(sound));
        for (std::size_t i = 0; i < faults.size(); ++i) {
            if (faults[i]) TRY(give_up(sound[i], *faults[i]));
        }
        return {};
    }

    // What is wrong in staging with each of these files; not those behind one that cannot be read.
    Result<std::vector<std::optional<std::string>>> faults_in_staging(
        const std::vector<WaitingFile>& files) {
        TRY_ASSIGN(const auto folder, StoppedFolder::open(config_));
        StagedDamage damage(*folder);
        TRY(damage.open(config_, kinds_, stagings_));
        note(mend_marks(files, damage), "staging");
        std::vector<std::optional<std::string>> faults;
        for (const auto& file : files) {
            const auto id = parse_uuid(file.id);
            if (!id) return Error(Code::corrupt, file.id + " is no id");
            auto fault = damage.find(FileId(*id));
            if (!fault.ok()) {  // as a disk that is not mounted: none of its files is at fault
                leave("staging", fault.error().operator_text(), "mend that, run it again");
                break;
            }
            faults.push_back(std::move(fault).value());
        }
        return faults;
    }

    // The catalog knows what was in it, and objects of these files prove which staging it is.
    Result<void> mend_marks(const std::vector<WaitingFile>& files, StagedDamage& damage) {
        using lifecycle::MarkedStaging;
        std::vector<FileId> ids;
        for (const auto& file : files) {
            if (const auto id = parse_uuid(file.id)) ids.push_back(FileId(*id));
        }
        TRY_ASSIGN(const auto mended,
                   damage.mend_marks(ids, is_dry_ ? MarkedStaging::Mending::supposes
                                                  : MarkedStaging::Mending::writes));
        for (const auto& name : mended) {
            did("staging " + name.value,
                fmt::format("its object \"{}\" is gone or damaged", MarkedStaging::kMarkKey),
                "written again");
        }
        return {};
    }

    Result<void> give_up(const WaitingFile& file, const std::string& fault) {
        if (!file.is_open) return set_aside(file.id, fault);
        leave("file " + file.id, fault,
              "it is open yet: start the service, flush its sink, and set this slice aside "
              "(docs/operations.md, A file that cannot be imported)");
        return {};
    }

    static std::string first_fault(const Json& slices) {
        for (const auto& slice : slices) {
            const auto local = slice.at("local").get<std::string>();
            if (local == "as sealed" || local == "removed") continue;
            return fmt::format("{}: {}", slice.at("path").get<std::string>(), local);
        }
        return "a slice is damaged";
    }

    Result<void> set_aside(const std::string& id, const std::string& fault) {
        const auto file = parse_uuid(id);
        if (!file) return Error(Code::corrupt, id + " is no id");
        if (!is_dry_) {
            TRY_ASSIGN(const auto folder, StoppedFolder::open(config_));
            TRY(folder->catalog->set_aside(FileId(*file), "millrace repair: " + fault,
                                           folder->clock.wall()));
        }
        did("file " + id, fault, "set aside: its rows wait until it is restored or discarded");
        return {};
    }

    const config::Config& config_;
    const Kinds& kinds_;
    const bool is_dry_;
    const Whose stagings_;
    os::PosixDisk real_disk_;
    SupposedDisk supposed_disk_{real_disk_};
    Disk& disk_ = is_dry_ ? static_cast<Disk&>(supposed_disk_) : real_disk_;
    std::vector<Action> actions_;
};

std::string as_json(const std::vector<Action>& actions) {
    auto list = Json::array();
    for (const auto& action : actions) {
        list.push_back({{"what", action.what},
                        {"fault", action.fault},
                        {action.is_left ? "todo" : "done", action.done}});
    }
    return Json{{"actions", std::move(list)}}.dump(2, ' ', false, Json::error_handler_t::replace);
}

std::string as_text(const std::vector<Action>& actions) {
    if (actions.empty()) return "Nothing is damaged.";
    std::string text;
    for (const auto& action : actions) {
        text += fmt::format("{}: {}\n  {}{}\n", action.what, action.fault,
                            action.is_left ? "to do: " : "", action.done);
    }
    text.pop_back();
    return text;
}

}  // namespace

Result<CommandOutput> repair_folder(const config::Command& command, const Kinds& kinds) {
    auto config = command.config;
    config.data_dir = command.operands.at(0);
    const bool reads_all = command.switches.contains(kStagingsSwitch);
    Repair repair(config, kinds,
                  {.is_dry = command.switches.contains(kDryRunSwitch),
                   .stagings = reads_all ? Whose::all : Whose::of_this_machine});
    TRY_ASSIGN(const auto actions, repair.run());
    bool is_left = false;
    for (const auto& action : actions) is_left |= action.is_left;
    return CommandOutput{
        .text = command.switches.contains(kJsonSwitch) ? as_json(actions) : as_text(actions),
        .exit = is_left ? ExitCode::failure : ExitCode::ended};
}

}  // namespace millrace
