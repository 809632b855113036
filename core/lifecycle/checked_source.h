#pragma once
// CheckedSource: the CSV of a sealed slice on its way out of a store, proved while it is read.
//
// A store need not notice that bytes have changed in it: an object without compression has no check
// of its own. The slice's CRC was written when it was sealed, so it is compared here, whatever the
// store and the compression.
//
// Lifetime  of one import; the slice lives longer.
// Thread    one.
// Errors    those of the source; corrupt, instead of the end, when length or CRC are others

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "core/base/result.h"
#include "core/model/slice.h"
#include "core/ports/byte_source.h"
#include "core/ports/codec.h"
#include "core/ports/staging.h"

namespace millrace::lifecycle {

// What an error is about that concerns the slice, and no other error.
std::string in_staging(SliceId slice);

class CheckedSource final : public ByteSource {
public:
    CheckedSource(std::unique_ptr<ByteSource> source, const Slice& slice)
        : source_(std::move(source)), slice_(slice) {}

    Result<std::size_t> read(std::span<char> buffer) override;

private:
    Result<void> verify() const;

    const std::unique_ptr<ByteSource> source_;
    const Slice& slice_;
    std::uint64_t bytes_ = 0;
    std::uint32_t crc_ = 0;
};

// The CSV of a slice that is in `staging`, proved while it is read. The slice lives longer.
// Errors  of the staging, about the slice
Result<std::unique_ptr<ByteSource>> open_staged(const Slice& slice, Staging& staging, Codec& gzip);

}  // namespace millrace::lifecycle
