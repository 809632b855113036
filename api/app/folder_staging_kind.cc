#include "api/app/folder_staging_kind.h"

#include <fmt/format.h>

#include <utility>

#include "api/app/folder_check.h"
#include "api/config/volume_options.h"
#include "storage/os/directory_lock.h"
#include "storage/os/hard_link.h"
#include "storage/staging/folder/folder_staging.h"

namespace millrace {
namespace {

// A folder that no other staging has, of this service or another one: each removes what its own
// catalog does not know.
class LockedFolder final : public staging::FolderStaging {
public:
    LockedFolder(os::DirectoryLock lock, Disk& disk, std::string folder)
        : FolderStaging(disk, std::move(folder), os::hard_link), lock_(std::move(lock)) {}

private:
    os::DirectoryLock lock_;
};

std::string folder_of(const BackendPlace& place) {
    const auto folder = config::absolute_directory(
        place.option("dir", place.name == config::kDefaultBackend
                                ? fmt::format("{}/staging", place.data_dir)
                                : fmt::format("{}/stagings/{}", place.data_dir, place.name)));
    return place.epoch.empty() ? folder : fmt::format("{}/{}", folder, place.epoch);
}

}  // namespace

StagingKind folder_staging_kind() {
    return {.config = {.name = "folder",
                       .sentence = "Files below a folder.",
                       .options = {{.name = "dir",
                                    .placeholder = "DIR",
                                    .sentence = "the folder, by default DIR/stagings/NAME"}}},
            .is_local = true,
            .open = [](const BackendPlace& place) -> Result<std::unique_ptr<Staging>> {
                auto folder = folder_of(place);
                TRY(place.disk.make_directories(folder).in("staging " + place.name));
                TRY_ASSIGN(auto lock,
                           os::DirectoryLock::acquire(folder).in("staging " + place.name));
                return std::unique_ptr<Staging>(
                    std::make_unique<LockedFolder>(std::move(lock), place.disk, std::move(folder)));
            },
            .check = [](const BackendPlace& place) { return check_folder(folder_of(place)); },
            .open_to_read = [](const BackendPlace& place) -> Result<std::unique_ptr<Staging>> {
                return std::unique_ptr<Staging>(
                    std::make_unique<staging::FolderStaging>(place.disk, folder_of(place)));
            },
            .folder = folder_of};
}

}  // namespace millrace
