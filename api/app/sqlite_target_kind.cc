#include "api/app/sqlite_target_kind.h"

#include <fmt/format.h>

#include <algorithm>

#include "api/app/folder_check.h"
#include "api/app/missing_parts.h"
#include "api/config/volume_options.h"
#include "api/log/log.h"
#include "storage/sqlite/database.h"
#include "storage/target/sqlite/sqlite_target.h"

namespace millrace {
namespace {

std::string folder_of(const BackendPlace& place) {
    return config::absolute_directory(
        place.option("dir", place.name == config::kDefaultBackend
                                ? fmt::format("{}/target", place.data_dir)
                                : fmt::format("{}/targets/{}", place.data_dir, place.name)));
}

Result<std::unique_ptr<Target>> open(const BackendPlace& place) {
    auto folder = folder_of(place);
    TRY(place.disk.make_directories(folder).in("target " + place.name));
    return std::unique_ptr<Target>(std::make_unique<target::SqliteTarget>(std::move(folder)));
}

// The rows that were in a missing bucket are gone, so making it anew is a person's decision.
Result<void> tell_missing_buckets(const BackendPlace& place, DefinitionCatalog& catalog) {
    const auto folder = folder_of(place);
    TRY(place.disk.make_directories(folder).in("target " + place.name));
    TRY_ASSIGN(const auto missing,
               find_missing_buckets(place.disk, catalog, {TargetName(place.name), folder}));
    for (const auto& [bucket, sinks] : missing) {
        log::error("target_missing",
                   {{"bucket", bucket},
                    {"path", fmt::format("{}/{}.sqlite", folder, bucket)},
                    {"sinks", std::uint64_t{sinks}},
                    {"message",
                     "its tables are gone, and imports into them fail; put the file back, or "
                     "enable each of its sinks (PUT .../enable) to make their tables anew"}});
    }
    return {};
}

// Reads the list of tables of each bucket: that finds a file that is none, or belongs to somebody.
Result<std::string> try_out(const BackendPlace& place) {
    const auto folder = folder_of(place);
    TRY_ASSIGN(const auto usable, check_folder(folder));
    const auto names = place.disk.list(folder);
    std::size_t buckets = 0;
    for (const auto& name : names.ok() ? names.value() : std::vector<std::string>()) {
        if (!name.ends_with(".sqlite")) continue;
        ++buckets;
        const auto path = fmt::format("{}/{}", folder, name);
        TRY_ASSIGN(auto database, sqlite::Database::open(path, {.read_only = true}));
        TRY(database.number("SELECT count(*) FROM sqlite_schema").in(path));
    }
    return fmt::format("{}; buckets that are there: {}", usable, buckets);
}

void add_metrics(MetricsText& text, std::span<Target* const> targets) {
    std::uint64_t sum = 0;
    std::uint64_t longest = 0;
    for (const auto* target : targets) {
        const auto logs = dynamic_cast<const target::SqliteTarget&>(*target).logs();
        if (!logs.ok()) return;  // absent is better than wrong
        for (const auto& log : logs.value()) {
            sum += log.bytes;
            longest = std::max(longest, log.bytes);
        }
    }
    text.family("millrace_target_wal_bytes", "gauge", "Logs (WAL) of all buckets.");
    text.sample({}, sum);
    text.family("millrace_target_wal_bytes_max", "gauge", "The longest log (WAL) of a bucket.");
    text.sample({}, longest);
}

}  // namespace

TargetKind sqlite_target_kind() {
    return {.config = {.name = "sqlite",
                       .sentence = "A SQLite database for each bucket.",
                       .options = {{.name = "dir",
                                    .placeholder = "DIR",
                                    .sentence = "their folder, by default DIR/targets/NAME"},
                                   imports_option()}},
            .check_table = [](const TableId&) -> Result<void> { return {}; },
            .open = open,
            .look = tell_missing_buckets,
            .add_metrics = add_metrics,
            .check = try_out,
            .folder = folder_of};
}

}  // namespace millrace
