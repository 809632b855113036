#pragma once
// The reader of Avro object container files: the values of their records as texts, as CSV has them.
//
// See  docs/upload.md ("Avro")

#include <cstddef>
#include <memory>

#include "core/bulk/avro_container.h"
#include "core/bulk/bulk_format.h"
#include "core/bulk/source_row.h"

namespace millrace::bulk {

AvroLimits avro_limits(std::uint64_t record_bytes_max);

// `format` has as many fields as the rows have source columns.
std::unique_ptr<SourceReader> make_avro_reader(const AvroFormat& format,
                                               const SourceLimits& limits);

}  // namespace millrace::bulk
