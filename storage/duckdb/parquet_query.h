#pragma once
// Reads the rows of a Parquet file with DuckDB, in a database of its own that has nothing but this
// file: no other file, no network, no extension, one thread, so much memory, and settings that
// cannot be changed any more. What is in the file is never part of a statement but for the names of
// columns, which are quoted.
//
// Errors in the words of DuckDB are for the client: they are about his file.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/ports/parquet_body.h"
#include "storage/duckdb/duckdb_library.h"

namespace millrace::duckdb {

struct ParquetLimits {
    std::uint64_t memory_bytes = 256 << 20;  // of pages and dictionaries at a time
};

// `path` has no quote in it. The library outlives the rows.
// Errors  invalid, for the client: it is no Parquet file, or has none of the fields
Result<std::unique_ptr<ParquetRows>> query_parquet(const DuckDbCalls& calls,
                                                   const std::string& path,
                                                   const std::vector<ParquetField>& fields,
                                                   const ParquetLimits& limits = {});

}  // namespace millrace::duckdb
