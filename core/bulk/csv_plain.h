#pragma once
// Splits a record of CSV in which no value is enclosed: every separator counts.

#include <string_view>

#include "core/bulk/csv_cells.h"

namespace millrace::bulk {

// Adds the values of `record`. `separator` is not empty. Up to ByteWindow::kPadding bytes behind
// the record are read.
void split_plain(std::string_view record, std::string_view separator, CsvCells& cells);

}  // namespace millrace::bulk
