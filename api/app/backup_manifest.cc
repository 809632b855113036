#include "api/app/backup_manifest.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <span>
#include <utility>

#include "core/base/crc32c.h"
#include "core/ports/atomic_file.h"

namespace millrace {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kFormat = 1;
constexpr std::size_t kPieceBytes = 256 << 10;
constexpr int kHexBase = 16;

std::string manifest_path(const std::string& folder) {
    return folder + "/backup.json";
}

bool is_there(Disk& disk, const std::string& path) {
    return disk.open(path, Disk::Open::existing).ok();
}

bool is_empty(Disk& disk, const std::string& folder) {
    const auto names = disk.list(folder);
    return names.ok() && names.value().empty();
}

std::vector<BackupManifest::File> parsed_files(const Json& json) {
    std::vector<BackupManifest::File> files;
    for (const auto& one : json) {
        const auto crc = std::stoul(one.at("crc32c").get<std::string>(), nullptr, kHexBase);
        files.push_back({.path = one.at("path").get<std::string>(),
                         .bytes = one.at("bytes").get<std::uint64_t>(),
                         .crc = static_cast<std::uint32_t>(crc)});
    }
    return files;
}

BackupManifest parsed(const Json& json) {
    BackupManifest manifest;
    manifest.version = json.at("version").get<std::string>();
    const auto made_at = parse_utc(json.at("madeAt").get<std::string>());
    if (!made_at) throw std::invalid_argument("madeAt");
    manifest.made_at = *made_at;
    manifest.remembered = Milliseconds(json.at("rememberedMs").get<std::int64_t>());
    manifest.slices = json.at("slices").get<std::uint64_t>();
    manifest.rows = json.at("rows").get<std::uint64_t>();
    manifest.bytes = json.at("bytes").get<std::uint64_t>();
    manifest.keys = json.at("keyFiles").get<std::uint64_t>();
    for (const auto& one : json.at("missing")) {
        manifest.missing.push_back({.slice = one.at("slice").get<std::string>(),
                                    .file = one.at("file").get<std::string>(),
                                    .reason = one.at("reason").get<std::string>()});
    }
    for (const auto& [name, folder] : json.at("targetFolders").items()) {
        manifest.target_folders.emplace(name, folder.get<std::string>());
    }
    manifest.has_targets = json.at("hasTargets").get<bool>();
    manifest.has_key_file = json.at("hasKeyFile").get<bool>();
    manifest.has_positions = json.value("hasPositions", false);
    if (json.contains("files")) manifest.files = parsed_files(json.at("files"));
    return manifest;
}

}  // namespace

Result<void> write_manifest(Disk& disk, const std::string& folder, const BackupManifest& manifest) {
    auto missing = Json::array();
    for (const auto& one : manifest.missing) {
        missing.push_back({{"slice", one.slice}, {"file", one.file}, {"reason", one.reason}});
    }
    Json json = {{"format", kFormat},
                 {"version", manifest.version},
                 {"madeAt", format_utc(manifest.made_at)},
                 {"rememberedMs", std::int64_t{manifest.remembered.count()}},
                 {"slices", manifest.slices},
                 {"rows", manifest.rows},
                 {"bytes", manifest.bytes},
                 {"keyFiles", manifest.keys},
                 {"missing", std::move(missing)},
                 {"targetFolders", manifest.target_folders},
                 {"hasTargets", manifest.has_targets},
                 {"hasKeyFile", manifest.has_key_file},
                 {"hasPositions", manifest.has_positions}};
    if (manifest.files) {
        auto& files = json["files"] = Json::array();
        for (const auto& file : *manifest.files) {
            files.push_back({{"path", file.path},
                             {"bytes", file.bytes},
                             {"crc32c", fmt::format("{:08x}", file.crc)}});
        }
    }
    return write_atomically(disk, manifest_path(folder),
                            json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

Result<BackupManifest> read_manifest(Disk& disk, const std::string& folder) {
    const auto text = read_whole(disk, manifest_path(folder));
    if (!text.ok()) {
        if (text.error().code() != Code::not_found) return text.error();
        const auto* const why = is_there(disk, fmt::format("{}/{}", folder, kBackupMark))
                                    ? "is a backup that did not come to its end; take another one"
                                    : "is no backup of Millrace: it has no backup.json";
        return Error(Code::not_found, fmt::format("{} {}", folder, why));
    }
    try {
        const auto json = Json::parse(text.value());
        if (json.at("format").get<int>() > kFormat) {
            return Error(Code::conflict,
                         fmt::format("{} was made by a newer version of Millrace ({}); restore it "
                                     "with that one",
                                     folder, json.at("version").get<std::string>()));
        }
        return parsed(json);
    } catch (const std::exception&) {  // its text has bytes of the file
        return Error(Code::corrupt,
                     fmt::format("{} is damaged: restore another backup", manifest_path(folder)));
    }
}

Result<BackupManifest::File> measure_file(Disk& disk, const std::string& folder, std::string path) {
    TRY_ASSIGN(const auto file,
               disk.open(fmt::format("{}/{}", folder, path), Disk::Open::existing));
    BackupManifest::File measured{.path = std::move(path)};
    std::string piece(kPieceBytes, '\0');
    while (true) {
        TRY_ASSIGN(const auto count,
                   file->read_at(measured.bytes, std::as_writable_bytes(std::span(piece))));
        if (count == 0) return measured;
        measured.crc = crc32c(measured.crc, std::string_view(piece).substr(0, count));
        measured.bytes += count;
    }
}

Result<std::string> fault_of_file(Disk& disk, const std::string& folder,
                                  const BackupManifest& manifest, std::string_view path) {
    if (!manifest.files) return std::string();
    const auto listed = std::ranges::find(*manifest.files, path, &BackupManifest::File::path);
    if (listed == manifest.files->end()) return std::string();
    const auto found = measure_file(disk, folder, listed->path);
    if (!found.ok() && found.error().code() == Code::not_found) {
        return fmt::format("{}/{} is not there", folder, path);
    }
    if (!found.ok()) return found.error();
    const auto& file = found.value();
    if (file.bytes == listed->bytes && file.crc == listed->crc) return std::string();
    return fmt::format(
        "{}/{} is damaged: it has {} bytes with the CRC {:08x}, and had {} with "
        "{:08x}",
        folder, path, file.bytes, file.crc, listed->bytes, listed->crc);
}

Result<void> refuse_backup(Disk& disk, const std::string& data_folder) {
    if (is_there(disk, fmt::format("{}/{}", data_folder, kBackupMark))) {
        return Error(Code::conflict,
                     fmt::format("{} is a backup, not a data folder: millrace restore {} DIR makes "
                                 "one of it",
                                 data_folder, data_folder));
    }
    if (is_there(disk, fmt::format("{}/{}", data_folder, kRestoreMark))) {
        return Error(Code::conflict, fmt::format("a restore into {} did not come to its end: "
                                                 "remove the folder and run it again",
                                                 data_folder));
    }
    // It ended before its folder had its name, and perhaps before it had its mark;
    // os::make_marked_folder() says what it had.
    const auto unnamed = data_folder.substr(0, data_folder.find_last_not_of('/') + 1) + ".new";
    const bool has_begun =
        is_there(disk, fmt::format("{}/{}", unnamed, kRestoreMark)) || is_empty(disk, unnamed);
    if (has_begun && !is_there(disk, data_folder + "/catalog.sqlite")) {
        return Error(Code::conflict,
                     fmt::format("a restore into {} did not come to its end: run it again, or "
                                 "remove {} for a new installation",
                                 data_folder, unnamed));
    }
    return {};
}

}  // namespace millrace
