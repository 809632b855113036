#pragma once
// LoadPorts: what Stream Loads work with.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "api/stream_load/error_logs.h"
#include "api/stream_load/load_counters.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/bulk/bulk_reader.h"
#include "core/model/file.h"
#include "core/model/load.h"
#include "core/pipeline/load_ends.h"
#include "core/pipeline/load_writer.h"
#include "core/pipeline/turns.h"
#include "core/pipeline/work_pool.h"
#include "core/ports/parquet_body.h"
#include "core/ports/table_catalog.h"

namespace millrace::stream_load {

// Everything outlives the loads; functions are called from any thread.
struct LoadPorts {
    TableCatalog& tables;
    const pipeline::LoadStores& stores;
    pipeline::LoadEnds& ends;
    std::function<Result<void>()> accepting;
    // Whether a body of so many bytes fits on the volume now.
    std::function<Result<void>(const VolumeId& volume, std::uint64_t bytes)> has_room_for;
    std::function<Result<std::unique_ptr<bulk::BulkReader>>(bulk::BulkSpec spec)> make_reader;
    ParquetBodies& parquet;
    pipeline::Turns& parquet_turns;  // to read one
    // Calls `done` once the rows of a committed load are in their table; with false if they are not
    // after `at_most`, or the load is aborted, as its table refuses one of them: nobody has heard
    // of its commit. Without `done` only has its rows imported now: the commit is answered.
    std::function<void(const Load& load, Milliseconds at_most,
                       std::function<void(bool visible)> done)>
        wait_visible;
    // FileCatalog::find_file()
    std::function<Result<std::optional<File>>(FileId file)> find_file;
    // Rows of the table now, as its target counts them.
    // Errors  invalid: the target cannot count; not_found
    std::function<Result<std::uint64_t>(const DefinedTable& table)> count_rows;
    LoadScope scope;
    Milliseconds prepared_time = std::chrono::hours(24);  // of a load, until its commit
    ErrorLogs& error_logs;
    LoadCounters& counters;
    pipeline::WorkPool& pool;
};

// A label is unique in its database; here it is one of all loads of the branch.
inline std::string stored_label(std::string_view database, std::string_view label) {
    return std::string(database) + "/" + std::string(label);
}

// The bucket of a database.
inline std::string bucket_of(std::string_view database) {
    return "in.c-" + std::string(database);
}

}  // namespace millrace::stream_load
