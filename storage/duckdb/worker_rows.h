#pragma once
// The rows of a Parquet file as a process of its own reads them (parquet_worker.h).
//
// Lifetime  the process is killed with the rows, and its end waited for.
// Errors    a process that crashes, or says nothing for long, is an error about the file. One that
//           was killed from outside is overloaded, for the client: another attempt may do better.

#include <memory>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/ports/parquet_body.h"
#include "storage/duckdb/parquet_query.h"

namespace millrace::duckdb {

struct WorkerOrder {
    // A program whose main() calls run_parquet_worker() for kWorkerWord.
    std::string program = "/proc/self/exe";
    std::string library;
    ParquetLimits limits = {};
};

// `file` is a descriptor, which may be closed afterwards.
// Errors  invalid, for the client: it is no Parquet file, or has none of the fields
//         unavailable: the process cannot be started, or the library does not work
Result<std::unique_ptr<ParquetRows>> start_worker_rows(const WorkerOrder& order, int file,
                                                       const std::vector<ParquetField>& fields);

}  // namespace millrace::duckdb
