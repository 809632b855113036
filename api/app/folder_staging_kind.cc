#include "api/app/folder_staging_kind.h"

#include <fmt/format.h>

#include "storage/staging/folder/folder_staging.h"

namespace millrace {
namespace {

std::string folder_of(const BackendPlace& place) {
    return place.option("dir", place.name == config::kDefaultBackend
                                   ? fmt::format("{}/staging", place.data_dir)
                                   : fmt::format("{}/stagings/{}", place.data_dir, place.name));
}

}  // namespace

StagingKind folder_staging_kind() {
    return {.config = {.name = "folder",
                       .sentence = "Files below a folder.",
                       .options = {{.name = "dir",
                                    .placeholder = "DIR",
                                    .sentence = "the folder; without it DATA/stagings/NAME"}}},
            .open = [](const BackendPlace& place) -> Result<std::unique_ptr<Staging>> {
                auto folder = folder_of(place);
                TRY(place.disk.make_directories(folder).in("staging " + place.name));
                return std::unique_ptr<Staging>(
                    std::make_unique<staging::FolderStaging>(place.disk, std::move(folder)));
            }};
}

}  // namespace millrace
