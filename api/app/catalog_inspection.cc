#include "api/app/catalog_inspection.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "storage/catalog/catalog_summary.h"
#include "storage/local/slice_reader.h"

namespace millrace {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint32_t kWaitingShown = 100;
constexpr std::size_t kPieceBytes = 256 << 10;

Result<catalog::CatalogSummary> open_summary(const std::string& data_folder) {
    return catalog::CatalogSummary::open(data_folder + "/catalog.sqlite");
}

std::string directory_of(const std::vector<catalog::KnownVolume>& volumes, const std::string& id,
                         const std::string& data_folder) {
    const auto found = std::find_if(volumes.begin(), volumes.end(),
                                    [&](const auto& volume) { return volume.id == id; });
    if (found == volumes.end()) return data_folder + "/volumes/" + id;
    if (found->directory.empty()) return data_folder + "/volumes/" + found->name;
    return found->directory;
}

// "as sealed", or what is wrong.
std::string verify(Disk& disk, const std::string& path, const SliceContent& content) {
    auto file = disk.open(path, Disk::Open::existing);
    if (!file.ok()) return file.error().operator_text();
    local::SliceReader reader(std::move(file).value(), path, content);
    std::array<char, kPieceBytes> buffer;
    while (true) {
        const auto count = reader.read(buffer);
        if (!count.ok()) return count.error().operator_text();
        if (count.value() == 0) return "as sealed";
    }
}

}  // namespace

Result<Inspection> inspect_catalog(const std::string& data_folder) {
    TRY_ASSIGN(auto summary, open_summary(data_folder));
    Inspection inspection;
    TRY_ASSIGN(const auto wrong, summary.check());
    inspection.faults += wrong.size();
    inspection.found["catalog"] = data_folder + "/catalog.sqlite";
    inspection.found["faults"] = wrong;
    TRY_ASSIGN(const auto counts, summary.counts());
    auto rows = Json::array();
    for (const auto& count : counts) {
        rows.push_back({{"what", count.what},
                        {"state", count.state},
                        {"count", count.count},
                        {"rows", count.rows}});
    }
    inspection.found["counts"] = std::move(rows);
    TRY_ASSIGN(const auto volumes, summary.volumes());
    auto known = Json::array();
    for (const auto& volume : volumes) {
        known.push_back({{"volume", volume.name},
                         {"state", volume.state},
                         {"directory", directory_of(volumes, volume.id, data_folder)}});
    }
    inspection.found["volumes"] = std::move(known);
    TRY_ASSIGN(const auto waiting, summary.waiting_files(kWaitingShown));
    auto files = Json::array();
    for (const auto& id : waiting) {
        TRY_ASSIGN(const auto file, summary.file(id));
        if (!file) continue;  // it was forgotten meanwhile
        files.push_back({{"waitingFile", file->id},
                         {"sink", file->sink},
                         {"state", file->state},
                         {"slices", file->slices},
                         {"attempt", file->attempt},
                         {"reason", file->reason.empty() ? Json() : Json(file->reason)}});
    }
    inspection.found["waitingFiles"] = std::move(files);
    return inspection;
}

Result<Inspection> inspect_file(Disk& disk, const std::string& data_folder, const std::string& id) {
    TRY_ASSIGN(auto summary, open_summary(data_folder));
    TRY_ASSIGN(const auto file, summary.file(id));
    if (!file) {
        return Error(Code::not_found,
                     fmt::format("the catalog has no file {}; millrace inspect catalog lists those "
                                 "that wait",
                                 id));
    }
    TRY_ASSIGN(const auto volumes, summary.volumes());
    Inspection inspection;
    inspection.found["file"] = file->id;
    inspection.found["sink"] = file->sink;
    inspection.found["state"] = file->state;
    inspection.found["attempt"] = file->attempt;
    inspection.found["reason"] = file->reason.empty() ? Json() : Json(file->reason);
    auto slices = Json::array();
    for (const auto& slice : file->known) {
        const auto path = fmt::format("{}/slices/{}.csv",
                                      directory_of(volumes, slice.volume, data_folder), slice.id);
        const auto local = slice.is_local ? verify(disk, path, slice.content) : "removed";
        // The local file of one that is uploaded may go at any moment.
        const bool is_needed =
            slice.state == SliceState::closing || slice.state == SliceState::uploading;
        if (slice.is_local && is_needed && local != "as sealed") ++inspection.faults;
        slices.push_back(
            {{"slice", slice.id},
             {"state", to_string(slice.state)},
             {"rows", slice.content.rows},
             {"bytes", slice.content.bytes},
             {"crc32c", fmt::format("{:08x}", slice.content.crc)},
             {"local", local},
             {"path", path},
             {"stagingKey", slice.staging_key.empty() ? Json() : Json(slice.staging_key)},
             {"reason", slice.reason.empty() ? Json() : Json(slice.reason)}});
    }
    inspection.found["slices"] = std::move(slices);
    return inspection;
}

}  // namespace millrace
