#pragma once
// Gzip as byte sources: one compresses what it reads, the other decompresses. Memory is constant.
//
// Format  one gzip member (RFC 1952) without name or time, so equal bytes compress equally on one
//         machine.

#include <memory>

#include "core/ports/codec.h"

namespace millrace::codec {

// The gzip form of `plain`, which must outlive it. `level` is 1 (fastest) to 9 (smallest).
std::unique_ptr<ByteSource> gzip(ByteSource& plain, int level);

// The bytes that were compressed. Errors of read()  those of `compressed`; corrupt: damaged, cut
// off, or followed by other bytes. Only the end (0) says that the checksum was right.
std::unique_ptr<ByteSource> gunzip(std::unique_ptr<ByteSource> compressed);

class GzipCodec final : public Codec {
public:
    std::unique_ptr<ByteSource> pack(ByteSource& plain, int level) override;
    std::unique_ptr<ByteSource> unpack(std::unique_ptr<ByteSource> packed) override;
};

}  // namespace millrace::codec
