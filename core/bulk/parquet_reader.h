#pragma once
// The rows of a body that is a Parquet file: it is kept as a ParquetBody until it is whole, and
// read then, so all rows come once the body has ended. A body of no bytes has no rows.
//
// A row is shown in the list of errors as CSV would have it, with tabs; its line is its number.
//
// See  docs/stream-load.md ("Parquet")

#include <memory>
#include <vector>

#include "core/bulk/source_row.h"

namespace millrace::bulk {

std::unique_ptr<SourceReader> make_parquet_reader(const ParquetFormat& format,
                                                  const std::vector<SourceField>& fields,
                                                  const SourceLimits& limits);

}  // namespace millrace::bulk
