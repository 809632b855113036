#include "storage/local/slice_reader.h"

#include <string_view>

#include "core/base/crc32c.h"
#include "core/model/slice_header.h"

namespace millrace::local {

Result<std::size_t> SliceReader::read(std::span<char> buffer) {
    TRY_ASSIGN(const auto count, file_->read_at(bytes_, std::as_writable_bytes(buffer)));
    if (count == 0) {
        TRY(verify());
        return count;
    }
    const std::string_view read(buffer.data(), count);
    has_header_ = has_header_ || (bytes_ == 0 && read.front() == kSliceHeaderMark);
    bytes_ += count;
    crc_ = crc32c(crc_, read);
    count_lines(read);
    return count;
}

// Without branches in the loop: whether the next byte is a quote, no processor can guess.
void SliceReader::count_lines(std::string_view csv) {
    std::uint64_t ended = 0;
    unsigned in_quotes = in_quotes_ ? 1 : 0;
    for (const char c : csv) {
        // A doubled quote switches off and on again, which leaves the state right.
        in_quotes ^= c == '"' ? 1U : 0U;
        ended += (c == '\n' ? 1U : 0U) & ~in_quotes;
    }
    in_quotes_ = in_quotes != 0;
    lines_ += ended;
}

Result<void> SliceReader::verify() const {
    const auto rows = has_header_ && lines_ > 0 ? lines_ - 1 : lines_;
    if (bytes_ != content_.bytes || rows != content_.rows || crc_ != content_.crc) {
        return Error(
            Code::corrupt,
            fmt::format("slice has {} bytes, {} rows, CRC {:08x}; sealed were {}, {}, {:08x}",
                        bytes_, rows, crc_, content_.bytes, content_.rows, content_.crc));
    }
    return {};
}

}  // namespace millrace::local
