#pragma once
// Buckets: the databases of a target folder, one file a bucket.
//
// Imports use databases that stay open. Whoever changes tables has a connection of its own: it
// waits for the lock of a running import as long as SQLite's busy timeout says, not until that has
// ended.
//
// Thread  any; with() uses a bucket by one thread at a time, others wait.

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "core/base/guarded.h"
#include "core/base/result.h"
#include "storage/sqlite/database.h"

namespace millrace::target {

// How long locks of others are waited for.
struct BusyTimeouts {
    // Short: the import is tried again anyway, and those into other buckets wait behind it.
    std::chrono::milliseconds import{250};
    std::chrono::milliseconds change{5000};
};

class Buckets {
public:
    // At most `open_max` databases are kept open.
    Buckets(std::string folder, std::size_t open_max, BusyTimeouts busy_timeouts)
        : folder_(std::move(folder)), open_max_(open_max), busy_timeouts_(busy_timeouts) {}

    // Runs `use(sqlite::Database&)`, which returns a Result, on the database of the bucket; makes
    // the file if it is not there. After a failure of the disk the next use opens the file again.
    template <typename Use>
    auto with(const std::string& bucket, Use&& use)
        -> decltype(use(std::declval<sqlite::Database&>())) {
        const auto found = find(bucket);
        return found->database.with([&](auto& database) -> decltype(use(*database)) {
            TRY(open(bucket, database));
            auto result = std::forward<Use>(use)(*database);
            if (!result.ok() && is_disk_failure(result.error())) database.reset();
            return result;
        });
    }

    // A connection of the caller's own, to change tables; makes the file if it is not there.
    Result<sqlite::Database> connect(const std::string& bucket) const {
        return connect(bucket, busy_timeouts_.change);
    }

    // The same for a moment: nothing if there is no file, and with the patience of an import.
    Result<std::optional<sqlite::Database>> connect_if_there(const std::string& bucket) const;

    // Removes the file of the bucket; the caller has it locked. Whoever has it open is let go with
    // the next use.
    Result<void> remove(const std::string& bucket) const;

private:
    struct Bucket {
        Guarded<std::optional<sqlite::Database>> database;
        std::uint64_t last_use = 0;  // guarded by buckets_
    };
    struct Open {
        std::map<std::string, std::shared_ptr<Bucket>> buckets;
        std::uint64_t uses = 0;
    };

    std::shared_ptr<Bucket> find(const std::string& bucket);
    Result<sqlite::Database> connect(const std::string& bucket,
                                     std::chrono::milliseconds busy_timeout) const;
    Result<void> open(const std::string& bucket, std::optional<sqlite::Database>& database) const;
    std::string path_of(const std::string& bucket) const;
    static bool is_disk_failure(const Error& error);

    const std::string folder_;
    const std::size_t open_max_;
    const BusyTimeouts busy_timeouts_;
    Guarded<Open> open_;
};

}  // namespace millrace::target
