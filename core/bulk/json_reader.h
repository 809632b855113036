#pragma once
// The rows of a body of JSON, as Apache Doris reads it: a document a line, or one document; a
// document is a row, or an array of rows; json_root leads from a document to them.
//
// One array is read element by element, so it may be of any length. What is no JSON is a problem of
// its row, and where it is not known where the next row begins, of the rest of the body.
//
// See  docs/stream-load.md; bulk_format.h

#include <memory>
#include <vector>

#include "core/bulk/source_row.h"

namespace millrace::bulk {

// Errors  invalid: a path that is none
Result<std::unique_ptr<SourceReader>> make_json_reader(const JsonFormat& format,
                                                       std::vector<SourceField> fields,
                                                       const SourceLimits& limits);

}  // namespace millrace::bulk
