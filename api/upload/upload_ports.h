#pragma once
// UploadPorts: what uploads work with, of all loops.
//
// Lifetime  must outlive the sessions.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>

#include "api/upload/upload_counters.h"
#include "core/base/guarded.h"
#include "core/base/result.h"
#include "core/bulk/bulk_reader.h"
#include "core/model/csv_parser.h"
#include "core/model/file.h"
#include "core/model/load.h"
#include "core/pipeline/load_ends.h"
#include "core/pipeline/load_writer.h"
#include "core/pipeline/visible_loads.h"
#include "core/pipeline/work_pool.h"
#include "core/ports/table_catalog.h"

namespace millrace::upload {

struct UploadLimits {
    std::uint64_t input_bytes = 10 << 20;  // of one upload, not read yet; a record is no larger
    std::uint64_t buffer_rows = 10'000;    // read, and not on their way to the disk yet
    std::uint64_t batch_rows = 1'000;
    std::uint64_t all_input_bytes = 256 << 20;        // of all uploads: beyond it each has little
    Milliseconds idle = std::chrono::seconds(300);    // from one piece of a body to the next
    Milliseconds visible = std::chrono::seconds(60);  // an answer waits no longer for the table
};

class UploadSession;

// The uploads that run: each is kept here until it has its answer.
using LiveUploads = Guarded<std::set<std::shared_ptr<UploadSession>>>;

struct UploadPorts {
    TableCatalog& tables;
    const pipeline::LoadStores& stores;
    pipeline::LoadEnds& ends;
    std::function<Result<void>()> accepting;  // whether rows are taken now
    std::function<Result<std::unique_ptr<bulk::BulkReader>>(bulk::BulkSpec spec)> make_reader;
    // VisibleLoads::wait()
    std::function<void(const Load& load, Milliseconds at_most,
                       std::function<void(bool visible)> done,
                       pipeline::VisibleLoads::IfRefused if_refused)>
        wait_visible;
    // FileCatalog::find_file()
    std::function<Result<std::optional<File>>(FileId file)> find_file;
    LoadScope scope;
    CsvParser csv;  // as configured
    UploadLimits limits;
    UploadCounters& counters;
    pipeline::WorkPool& pool;
    LiveUploads& live;
};

}  // namespace millrace::upload
