#include "api/app/missing_parts.h"

#include <algorithm>
#include <map>

namespace millrace {
namespace {

// SQLite takes an empty file for a new database.
Result<bool> has_bytes(Disk& disk, const std::string& path) {
    auto file = disk.open(path, Disk::Open::existing);
    if (!file.ok()) {
        if (file.error().code() == Code::not_found) return false;
        return std::move(file).error();
    }
    TRY_ASSIGN(const auto size, file.value()->size());
    return size > 0;
}

bool has_entries(Disk& disk, const std::string& directory) {
    const auto names = disk.list(directory);
    return names.ok() && !names.value().empty();
}

}  // namespace

Result<void> check_catalog_is_there(Disk& disk, const std::string& catalog_path,
                                    const std::vector<std::string>& directories) {
    TRY_ASSIGN(const bool is_there, has_bytes(disk, catalog_path));
    if (is_there) return {};
    for (const auto& directory : directories) {
        if (!has_entries(disk, directory + "/journal")) continue;
        return Error(Code::conflict,
                     fmt::format("{} is not there, but the volume in {} has a journal, whose rows "
                                 "belong to sinks that only the catalog knows; put the catalog "
                                 "back from a backup, or move the volume, staging and target away "
                                 "to begin anew",
                                 catalog_path, directory));
    }
    return {};
}

Result<std::vector<MissingBucket>> find_missing_buckets(Disk& disk, DefinitionCatalog& catalog,
                                                        const TargetFolder& target) {
    std::map<std::string, std::size_t> sinks_of;
    TRY_ASSIGN(const auto sources, catalog.all_sources());
    for (const auto& source : sources) {
        TRY_ASSIGN(const auto sinks, catalog.all_sinks(source.key));
        for (const auto& sink : sinks) {
            if (sink.target == target.target && !sink.disabled)
                ++sinks_of[std::string(sink.table.bucket())];
        }
    }
    TRY_ASSIGN(const auto names, disk.list(target.folder));
    std::vector<MissingBucket> missing;
    for (const auto& [bucket, sinks] : sinks_of) {
        if (std::binary_search(names.begin(), names.end(), bucket + ".sqlite")) continue;
        missing.push_back({.bucket = bucket, .sinks = sinks});
    }
    return missing;
}

}  // namespace millrace
