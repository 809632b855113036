#pragma once
// SliceStream: the rows of an import, slice after slice.
//
// Thread  one at a time.

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "core/base/result.h"
#include "core/ports/slice_rows.h"
#include "core/ports/target.h"

namespace millrace::target {

class SliceStream {
public:
    // `request` must outlive it.
    explicit SliceStream(const ImportRequest& request);

    // Moves to the next row; false behind the last row of the last slice.
    // Errors  those of the slices, with the number of the slice; corrupt: they are not as many rows
    //         and bytes as the request says
    Result<bool> next();

    // The current row, and the number of its slice.
    const SliceRowReader& row() const { return *rows_; }
    std::uint32_t slice() const { return slice_; }

    // What is being done, for errors about the current row.
    std::string doing() const;

private:
    // Opens the next slice; false if there is none.
    Result<bool> open_next();
    // Moves to the next row of this slice; false at its end.
    Result<bool> next_in_slice();
    Result<void> check_counts() const;

    const ImportRequest& request_;
    std::vector<char> buffer_;
    std::uint32_t opened_ = 0;
    std::uint32_t slice_ = 0;
    std::unique_ptr<ByteSource> bytes_;
    std::optional<SliceRowReader> rows_;
    std::uint64_t rows_read_ = 0;  // of the slices before this one
    std::uint64_t bytes_read_ = 0;
};

}  // namespace millrace::target
