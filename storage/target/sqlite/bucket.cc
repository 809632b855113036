#include "storage/target/sqlite/bucket.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "storage/os/write_trial.h"
#include "storage/target/sqlite/bucket_log.h"

namespace millrace::target {
namespace {

// Half as many writes as with 4 KB for rows in order, and no more than double for rows anywhere.
constexpr std::uint32_t kPageBytes = 8192;

// SQLite converts text where the database is not UTF-8, and would change bytes that are not text.
Result<void> require_utf8(sqlite::Database& database) {
    TRY_ASSIGN(auto query, database.query("PRAGMA encoding"));
    TRY(query->step());
    const auto encoding = query.row().text();
    if (encoding == "UTF-8") return {};
    return Error(Code::conflict,
                 fmt::format("the database has the encoding {}, expected UTF-8", encoding));
}

}  // namespace

bool Buckets::is_disk_failure(const Error& error) {
    return error.code() == Code::unavailable || error.code() == Code::unknown_outcome;
}

std::shared_ptr<Buckets::Bucket> Buckets::find(const std::string& bucket) {
    return open_.with([&](Open& open) {
        auto& found = open.buckets[bucket];
        if (found == nullptr) found = std::make_shared<Bucket>();
        found->last_use = ++open.uses;
        auto result = found;
        while (open.buckets.size() > open_max_) {
            // One that is used right now is only forgotten here; its user closes it.
            open.buckets.erase(std::min_element(open.buckets.begin(), open.buckets.end(),
                                                [](const auto& a, const auto& b) {
                                                    return a.second->last_use < b.second->last_use;
                                                }));
        }
        return result;
    });
}

Result<void> Buckets::open(const std::string& bucket,
                           std::optional<sqlite::Database>& database) const {
    // Rows written to a file that somebody has removed or replaced would be lost.
    if (database && database->has_moved()) database.reset();
    if (database) return {};
    TRY_ASSIGN(auto opened, connect(bucket, busy_timeouts_.import));
    database.emplace(std::move(opened));
    return {};
}

Result<sqlite::Database> Buckets::connect(const std::string& bucket,
                                          std::chrono::milliseconds busy_timeout) const {
    TRY_ASSIGN(auto database, sqlite::Database::open(path_of(bucket), {.busy_timeout = busy_timeout,
                                                                       .page_bytes = kPageBytes,
                                                                       .commits_checkpoint = false,
                                                                       .keeps_log_files = true}));
    TRY(require_utf8(database).in(bucket));
    return database;
}

std::string Buckets::path_of(const std::string& bucket) const {
    return fmt::format("{}/{}.sqlite", folder_, bucket);
}

bool Buckets::is_there(const std::string& bucket) const {
    std::error_code failure;
    return std::filesystem::exists(path_of(bucket), failure);
}

Result<std::optional<sqlite::Database>> Buckets::connect_if_there(const std::string& bucket) const {
    if (!is_there(bucket)) return std::optional<sqlite::Database>();
    TRY_ASSIGN(auto database, connect(bucket, busy_timeouts_.import));
    return std::optional(std::move(database));
}

Result<void> Buckets::probe() const {
    std::error_code failure;
    if (!std::filesystem::is_directory(folder_, failure)) {
        return Error(Code::unavailable,
                     fmt::format("the folder {} is not there; is its disk mounted?", folder_));
    }
    return os::try_writing(folder_);
}

void Buckets::move_long_log(const std::string& bucket, sqlite::Database& database) const {
    if (is_log_long(database)) static_cast<void>(move_log(database, path_of(bucket)));
}

Result<std::vector<Buckets::Log>> Buckets::logs() const {
    constexpr std::string_view kSuffix = ".sqlite-wal";
    std::vector<Log> logs;
    std::error_code failure;
    std::filesystem::directory_iterator entry(folder_, failure);
    for (; !failure && entry != std::filesystem::directory_iterator(); entry.increment(failure)) {
        auto name = entry->path().filename().string();
        if (!name.ends_with(kSuffix)) continue;
        std::error_code gone;  // with its last connection
        const auto bytes = entry->file_size(gone);
        if (gone) continue;
        name.resize(name.size() - kSuffix.size());
        logs.push_back({.bucket = std::move(name), .bytes = bytes});
    }
    if (failure) return Error(Code::unavailable, fmt::format("{}: {}", folder_, failure.message()));
    return logs;
}

Result<void> Buckets::cut_long_logs() {
    TRY_ASSIGN(const auto all, logs());
    Result<void> first;
    for (const auto& log : all) {
        if (log.bytes <= kLogKeptBytes) continue;
        // Its database may be away for a while: an empty one in its place would drop this log.
        if (!is_there(log.bucket)) continue;
        auto cut = cut_long_log(log);
        if (!cut.ok() && first.ok()) first = std::move(cut);
    }
    return first;
}

Result<void> Buckets::cut_long_log(const Log& log) {
    return with(log.bucket,
                [&](sqlite::Database& database) -> Result<void> {
                    TRY_ASSIGN(const bool moved, move_log(database, path_of(log.bucket)));
                    if (moved) return cut_log(database);
                    return Error(Code::unavailable, "a program that reads it for long holds it");
                })
        .in([&] { return fmt::format("log of bucket {}, {} bytes", log.bucket, log.bytes); });
}

// The database first: without it SQLite ignores what is left of its log.
Result<void> Buckets::remove(const std::string& bucket) const {
    for (const auto* suffix : {"", "-wal", "-shm"}) {
        std::error_code failure;
        std::filesystem::remove(path_of(bucket) + suffix, failure);
        if (failure) {
            return Error(Code::unavailable,
                         fmt::format("{}{}: {}", path_of(bucket), suffix, failure.message()));
        }
    }
    return {};
}

}  // namespace millrace::target
