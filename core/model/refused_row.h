#pragma once
// RefusedRow: a row of a file that the database of its table does not take, by a constraint or a
// trigger of its owner. It becomes a reject when the rest of its file is imported.
//
// See  docs/adr/0025-a-refused-row-is-found-and-left-out.md

#include <cstddef>
#include <cstdint>
#include <string>
#include <tuple>

#include "core/base/ids.h"

namespace millrace {

// Of a file. With more it is the table that is wrong, and the file stays whole.
inline constexpr std::size_t kRefusedRowsMax = 1000;

struct RefusedRow {
    SliceId slice;
    std::uint64_t row = 0;    // among all rows of the slice, from 0
    std::string reason;       // the words of the database
    std::string text;         // a slice that has this row only: its header, if it has one, and it
    std::uint64_t bytes = 0;  // of the row in its slice

    bool operator==(const RefusedRow&) const = default;
};

inline bool is_before(const RefusedRow& a, const RefusedRow& b) {
    return std::tie(a.slice, a.row) < std::tie(b.slice, b.row);
}

}  // namespace millrace
