#pragma once
// The rows of a file that waits or is set aside, as CSV that people read: in pages, so that none
// takes more than a few MB of memory, however large the file is.
//
// Format    a first line with the names of the columns, then the rows as the slice has them
//           (docs/formats/slice.md): every value in quotes, nothing between two commas is NULL. The
//           rows of a page set the same columns. Where rows may delete, the first column is
//           "_operation".
// Thread    any.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/lifecycle/stores.h"
#include "core/model/slice.h"
#include "core/ports/byte_source.h"

namespace millrace::lifecycle {

// Before which row of which slice of a file, both from 0.
struct RowsPlace {
    std::uint32_t slice = 0;
    std::uint64_t row = 0;

    bool operator==(const RowsPlace&) const = default;
};

struct FileRowsPage {
    std::string csv;                // empty behind the last row
    std::optional<RowsPlace> next;  // where the next page begins
};

// The page from `from` on: up to the row with which it is over `bytes_max`, or to where the columns
// change.
// Errors  not_found: there is no such file or place; conflict: the slice of the place cannot be
//         read, with its number and why
Result<FileRowsPage> read_file_rows(FileId file, const RowsPlace& from, std::uint64_t bytes_max,
                                    const Stores& stores);
using ReadFileRows = std::function<Result<FileRowsPage>(FileId file, const RowsPlace& from)>;

// The CSV of a slice, wherever it is now; proved while it is read. The slice lives longer.
Result<std::unique_ptr<ByteSource>> open_slice(const Slice& slice, const Stores& stores);

}  // namespace millrace::lifecycle
