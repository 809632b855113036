#include "core/lifecycle/checked_source.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "core/base/crc32c.h"

namespace millrace::lifecycle {

std::string in_staging(SliceId slice) {
    return fmt::format("slice {} in staging", to_string(slice));
}

Result<std::size_t> CheckedSource::read(std::span<char> buffer) {
    auto read = source_->read(buffer);
    if (!read.ok()) {
        return std::move(read).error().in(in_staging(slice_.opening.slice));
    }
    const auto count = read.value();
    if (count == 0) {
        TRY(verify());
        return std::size_t{0};
    }
    bytes_ += count;
    crc_ = crc32c(crc_, std::string_view(buffer.data(), count));
    return count;
}

Result<void> CheckedSource::verify() const {
    const auto& sealed = slice_.content;
    if (bytes_ == sealed.bytes && crc_ == sealed.crc) return {};
    return Error(Code::corrupt, fmt::format("{} is damaged: {} bytes with the CRC {:08x}, sealed "
                                            "were {} with {:08x}",
                                            in_staging(slice_.opening.slice), bytes_, crc_,
                                            sealed.bytes, sealed.crc));
}

Result<std::unique_ptr<ByteSource>> open_staged(const Slice& slice, Staging& staging, Codec& gzip) {
    auto got = staging.get(slice.staged.key);
    if (!got.ok()) return std::move(got).error().in(in_staging(slice.opening.slice));
    auto bytes = std::move(got).value();
    if (slice.staged.compression == Compression::gzip) bytes = gzip.unpack(std::move(bytes));
    return std::unique_ptr<ByteSource>(std::make_unique<CheckedSource>(std::move(bytes), slice));
}

}  // namespace millrace::lifecycle
