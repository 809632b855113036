#include "storage/target/sqlite/slice_stream.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>

namespace millrace::target {
namespace {

constexpr std::size_t kBufferBytes = 256 << 10;

}  // namespace

SliceStream::SliceStream(const ImportRequest& request) : request_(request), buffer_(kBufferBytes) {}

std::string SliceStream::doing() const {
    return fmt::format("slice {} of {}", slice_ + 1, request_.slices);
}

Result<bool> SliceStream::next() {
    while (true) {
        if (!rows_) {
            TRY_ASSIGN(const bool has_slice, open_next());
            if (!has_slice) break;
        }
        auto has_row = next_in_slice();
        if (!has_row.ok()) return std::move(has_row).error().in(doing());
        if (std::move(has_row).value()) return true;
        rows_read_ += rows_->rows();
        rows_.reset();
    }
    TRY(check_counts());
    return false;
}

Result<bool> SliceStream::open_next() {
    if (opened_ == request_.slices) return false;
    slice_ = opened_++;
    auto bytes = request_.open_slice(slice_);
    if (!bytes.ok()) return std::move(bytes).error().in(doing());
    bytes_ = std::move(bytes).value();
    rows_.emplace(request_.table);
    return true;
}

Result<bool> SliceStream::next_in_slice() {
    while (true) {
        TRY_ASSIGN(const bool has_row, rows_->next());
        if (has_row) return true;
        TRY_ASSIGN(const auto count, bytes_->read(buffer_));
        if (count == 0) break;
        bytes_read_ += count;
        rows_->feed(std::string_view(buffer_.data(), count));
    }
    TRY(rows_->finish());
    return false;
}

Result<void> SliceStream::check_counts() const {
    if (rows_read_ == request_.rows && bytes_read_ == request_.bytes) return {};
    return Error(Code::corrupt,
                 fmt::format("{} rows in {} bytes arrived, expected {} in {}", rows_read_,
                             bytes_read_, request_.rows, request_.bytes));
}

}  // namespace millrace::target
