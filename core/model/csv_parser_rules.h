#pragma once
// Whether the CSV of uploads tells values, records and NULL apart: what has a meaning of its own is
// in nothing else.
//
// See  docs/upload.md ("CSV")

#include "core/base/result.h"
#include "core/model/csv_parser.h"

namespace millrace {

// As a table is read: what it says itself, else the configuration, else what holds without both.
// Each is right by itself.
// Errors  invalid, with the names of what does not go together
Result<void> check_csv_together(const CsvParser& configured, const CsvParser& of_table);

}  // namespace millrace
