#pragma once
// SliceHeader: the first line of a slice of format 2, and what its rows are made of. A slice of
// format 1 has none: its rows upsert, and have all columns of their mapping.
//
// Format  docs/formats/slice.md

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace millrace {

// The first byte of a slice of format 2. No row of format 1 begins so.
inline constexpr char kSliceHeaderMark = '#';

enum class RowOperation { upsert, erase };

std::string_view to_string(RowOperation operation);                     // "upsert", "delete"
std::optional<RowOperation> row_operation_from(std::string_view text);  // the inverse

struct SliceHeader {
    bool has_operation = false;           // else all rows upsert
    std::vector<std::string> columns;     // that the rows set, in the order of their values
    std::optional<std::size_t> sequence;  // the one of them that orders the rows of a key

    bool operator==(const SliceHeader&) const = default;
};

// With its line end. At least one column; they are different.
std::string render_slice_header(const SliceHeader& header);

// What is at the front of a slice.
struct ParsedSliceHeader {
    SliceHeader header;
    std::size_t bytes = 0;  // of the line with its end
};
// Nothing when the line has not ended yet.
// Errors  corrupt: it is no header, or of a version that is not known
Result<std::optional<ParsedSliceHeader>> parse_slice_header(std::string_view front);

}  // namespace millrace
