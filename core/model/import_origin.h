#pragma once
// ImportOrigin: where the row of a reject comes from that a database has refused; it is the
// Reject::origin of one whose error is kImportRowRefused.
//
// Format  "FILE SLICE ROW MAPPING": two UUIDs and two numbers. FILE and SLICE are those of then,
//         and may be forgotten.

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/model/reject.h"

namespace millrace {

struct ImportOrigin {
    FileId file;
    SliceId slice;
    std::uint64_t row = 0;   // among all rows of the slice, from 0
    MappingVersion mapping;  // of the file: what the values of the row are

    bool operator==(const ImportOrigin&) const = default;
};

// The reject is such a row: its body is a slice of format 1 or 2 with this row only.
bool is_of_import(const Reject& reject);

std::string print_import_origin(const ImportOrigin& origin);
// Errors  corrupt
Result<ImportOrigin> parse_import_origin(std::string_view text);

// Of Reject::expires_at: never. Only who reads a refused row may give it up.
inline constexpr AgeTime kNeverExpires{INT64_MAX};

}  // namespace millrace
