#pragma once
// CatalogSummary: what a catalog has, read without changing it, beside a running service too.
//
// Thread  the caller's; a snapshot of one moment.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/model/slice.h"
#include "storage/sqlite/database.h"

namespace millrace::catalog {

struct CountedState {
    std::string what;  // "files", "slices", "loads", "sources", "sinks", "rejects"
    std::string state;
    std::uint64_t count = 0;
    std::uint64_t rows = 0;  // 0 where they have none
};

struct KnownVolume {
    std::string id;  // as files and slices name it
    std::string name;
    std::string state;
    std::string directory;
};

struct SummarySlice {
    std::string id;
    std::string volume;
    SliceState state = SliceState::closing;
    SliceContent content;
    bool is_local = false;
    std::string staging_key;
    std::string reason;  // of its last failure
};

struct SummaryFile {
    std::string id;
    std::string sink;  // "source/sink", or the table of a load
    std::string state;
    std::uint32_t slices = 0;
    std::uint32_t attempt = 0;
    std::string reason;
    std::vector<SummarySlice> known;  // in the order of their import
};

class CatalogSummary {
public:
    // Errors  not_found: no catalog; conflict: of another version, or no catalog
    static Result<CatalogSummary> open(const std::string& path);

    // SQLite's own check; what is wrong, nothing if all is well.
    // Errors  of the database
    Result<std::vector<std::string>> check();
    Result<std::vector<CountedState>> counts();
    Result<std::vector<KnownVolume>> volumes();

    // Files that are neither imported nor discarded, oldest first.
    Result<std::vector<std::string>> waiting_files(std::uint32_t limit);
    // Nothing if there is no such file.
    Result<std::optional<SummaryFile>> file(const std::string& id);

private:
    explicit CatalogSummary(sqlite::Database database)
        : database_(std::make_unique<sqlite::Database>(std::move(database))) {}

    std::unique_ptr<sqlite::Database> database_;
};

}  // namespace millrace::catalog
