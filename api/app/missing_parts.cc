#include "api/app/missing_parts.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

#include "storage/catalog/schema.h"
#include "storage/journal/recovery.h"
#include "storage/sqlite/database.h"

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

// Empty: none.
Result<std::string> fault_of(const std::string& database_file, std::string_view check) {
    TRY_ASSIGN(auto database, sqlite::Database::open(database_file, {.read_only = true}));
    TRY(database.number("SELECT count(*) FROM sqlite_schema"));
    TRY(catalog::require_catalog(database));
    if (check.empty()) return std::string();
    TRY_ASSIGN(auto query, database.query(check));
    TRY_ASSIGN(const bool has_row, query->step());
    auto text = has_row ? query.row().text() : std::string("ok");
    return text == "ok" ? std::string() : std::move(text);
}

Result<void> refuse_damaged(const std::string& path, std::string_view check) {
    const auto fault = fault_of(path, check);
    if (!fault.ok() && fault.error().code() == Code::conflict) {
        return Error(Code::conflict,
                     fmt::format("{} is of another program ({}): name another data folder, or put "
                                 "the catalog back by millrace restore from a backup",
                                 path, fault.error().operator_text()));
    }
    // One that cannot be opened now says nothing of what is in it.
    if (!fault.ok() && fault.error().code() != Code::corrupt) return {};
    const auto why = fault.ok() ? fault.value() : fault.error().operator_text();
    if (why.empty()) return {};
    return Error(Code::corrupt,
                 fmt::format("the catalog {} is damaged, or no database ({}): put it back by "
                             "millrace restore from a backup",
                             path, why));
}

Result<std::vector<MissingBucket>> missing_of(Disk& disk, const std::string& folder,
                                              const std::map<std::string, std::size_t>& used) {
    auto names = disk.list(folder);
    if (!names.ok() && names.error().code() != Code::not_found) return std::move(names).error();
    const auto found = names.ok() ? std::move(names).value() : std::vector<std::string>();
    std::vector<MissingBucket> missing;
    for (const auto& [bucket, users] : used) {
        if (std::ranges::find(found, bucket + ".sqlite") != found.end()) continue;
        missing.push_back({.bucket = bucket, .sinks = users});
    }
    return missing;
}

bool has_entries(Disk& disk, const std::string& directory) {
    const auto names = disk.list(directory);
    return names.ok() && !names.value().empty();
}

}  // namespace

Result<bool> has_catalog(Disk& disk, const std::string& catalog_path) {
    TRY_ASSIGN(const bool is_a_file, has_bytes(disk, catalog_path));
    if (!is_a_file) return false;
    auto database = sqlite::Database::open(catalog_path, {.read_only = true});
    if (!database.ok()) return true;  // who reads it tells why it cannot be read
    const auto tables = database.value().number("SELECT count(*) FROM sqlite_schema");
    return !tables.ok() || tables.value() > 0;
}

Result<void> check_catalog_is_there(Disk& disk, const std::string& catalog_path,
                                    const std::vector<std::string>& directories) {
    TRY_ASSIGN(const bool is_a_file, has_bytes(disk, catalog_path));
    if (is_a_file) TRY(check_catalog_is_one(catalog_path));
    TRY_ASSIGN(const bool is_there, has_catalog(disk, catalog_path));
    if (is_there) return {};
    for (const auto& directory : directories) {
        if (!has_entries(disk, directory + "/journal")) continue;
        const bool is_empty = disk.open(catalog_path, Disk::Open::existing).ok();
        const auto* const what = is_a_file  ? "empty without its log (catalog.sqlite-wal)"
                                 : is_empty ? "empty"
                                            : "not there";
        return Error(Code::conflict,
                     fmt::format("{} is {}, but the volume in {} has a journal, whose rows "
                                 "belong to sinks that only the catalog knows; put the catalog "
                                 "back from a backup, or move the volume, staging and target away "
                                 "to begin anew",
                                 catalog_path, what, directory));
    }
    return {};
}

Result<void> check_catalog_is_one(const std::string& catalog_path) {
    return refuse_damaged(catalog_path, {});
}

Result<void> check_catalog_is_whole(const std::string& catalog_path) {
    return refuse_damaged(catalog_path, "PRAGMA quick_check(1)");
}

Error explain_no_room(Error error, const std::string& data_dir, std::string_view then) {
    const bool is_catalog = error.name() == journal::kCatalogFull;
    if (error.name() != kNoSpace && !is_catalog) return error;
    const auto text = error.operator_text();
    const bool names_it = !is_catalog && text.find('/') != std::string::npos;
    return Error(error.code(),
                 fmt::format("{}{}: there is no room on the disk; make some, by what is not "
                             "Millrace's, and {}",
                             names_it ? "" : data_dir + "/catalog.sqlite: ", text, then))
        .named(kNoSpace);
}

Error explain_start(Error error, const std::string& data_dir) {
    const auto catalog = data_dir + "/catalog.sqlite";
    if (error.code() == Code::corrupt) {
        auto whole = check_catalog_is_whole(catalog);
        return whole.ok() ? error : std::move(whole).error();
    }
    return explain_no_room(std::move(error), data_dir, "start again");
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
    return missing_of(disk, target.folder, sinks_of);
}

Result<std::vector<MissingBucket>> find_missing_buckets(Disk& disk, const std::string& folder,
                                                        const std::vector<TableId>& tables) {
    std::map<std::string, std::size_t> tables_of;
    for (const auto& table : tables) ++tables_of[std::string(table.bucket())];
    return missing_of(disk, folder, tables_of);
}

}  // namespace millrace
