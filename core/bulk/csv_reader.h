#pragma once
// The rows of a body of CSV, as Apache Doris reads it: separators of any length, the NULL `\N`,
// and, where the load asks for it, values in quotes that may hold separators and line ends.
//
// A byte order mark at the front, empty lines and, before a line end of "\n", a "\r" do not count.
// A row that is not UTF-8, or has another number of values than there are columns, is a problem of
// the row; an enclosed value that does not end is one of the body.
//
// See  docs/stream-load.md; bulk_format.h

#include <cstddef>
#include <memory>

#include "core/bulk/source_row.h"

namespace millrace::bulk {

std::unique_ptr<SourceReader> make_csv_reader(const CsvFormat& format, std::size_t columns,
                                              const SourceLimits& limits);

}  // namespace millrace::bulk
