#include "storage/local/slice_reader.h"

#include <string_view>

#include "core/base/crc32c.h"

namespace millrace::local {

Result<std::size_t> SliceReader::read(std::span<char> buffer) {
    TRY_ASSIGN(const auto count, file_->read_at(bytes_, std::as_writable_bytes(buffer)));
    if (count == 0) {
        TRY(verify());
        return count;
    }
    const std::string_view read(buffer.data(), count);
    bytes_ += count;
    crc_ = crc32c(crc_, read);
    for (const char c : read) {
        // A doubled quote switches off and on again, which leaves the state right.
        if (c == '"') in_quotes_ = !in_quotes_;
        if (c == '\n' && !in_quotes_) ++rows_;
    }
    return count;
}

Result<void> SliceReader::verify() const {
    if (bytes_ != content_.bytes || rows_ != content_.rows || crc_ != content_.crc) {
        return Error(Code::corrupt,
                     fmt::format("slice has {} bytes, {} rows, CRC {:08x}; sealed were {}, {}, {:08x}", bytes_,
                                 rows_, crc_, content_.bytes, content_.rows, content_.crc));
    }
    return {};
}

}  // namespace millrace::local
