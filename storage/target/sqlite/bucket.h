#pragma once
// Buckets: the databases of a target folder, one file a bucket.
//
// No commit moves the log of a database (bucket_log.h), and its files stay when a database is
// closed: others may read who cannot write. Imports use databases that stay open.
// What changes tables has a connection of its own: it waits for the lock of a running import as
// long as SQLite's busy timeout says, not until that has ended.
//
// Thread  any; with() uses a bucket by one thread at a time, others wait.

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/guarded.h"
#include "core/base/result.h"
#include "storage/sqlite/database.h"

namespace millrace::target {

// How long locks of others are waited for.
struct BusyTimeouts {
    // Short: the import is tried again anyway, and keeps a worker meanwhile.
    std::chrono::milliseconds import{250};
    // Shorter: changes of all tables are made one after the other, and tried again too.
    std::chrono::milliseconds change{50};
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

    // Whether the bucket has a file.
    bool is_there(const std::string& bucket) const;

    // The same for a moment: nothing if there is no file, and with the patience of an import.
    Result<std::optional<sqlite::Database>> connect_if_there(const std::string& bucket) const;

    // Moves the log of the bucket into its database if that is long, from inside with(). What fails
    // is tried again after the next import.
    void move_long_log(const std::string& bucket, sqlite::Database& database) const;

    // Whether the folder is there and takes a file: makes a small one, and removes it.
    // Errors  unavailable, with what helps
    Result<void> probe() const;

    struct Log {
        std::string bucket;
        std::uint64_t bytes = 0;
    };
    // The logs of all buckets, also of those that are not open.
    // Errors  unavailable
    Result<std::vector<Log>> logs() const;

    // Moves and cuts the logs that readers made long, as far as others have let go of them.
    // Errors  the first; unavailable: a reader still holds it, with bucket and size in the text
    Result<void> cut_long_logs();

    // Removes the file of the bucket; the caller has it locked. Who has it open is let go with
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

    Result<void> cut_long_log(const Log& log);
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
