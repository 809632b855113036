#pragma once
// Codec: a form that bytes are kept in, as a pair of byte sources. Memory is constant.
//
// Thread  any; each source is used by one thread at a time.

#include <memory>

#include "core/ports/byte_source.h"

namespace millrace {

class Codec {
public:
    virtual ~Codec() = default;

    // The packed form of `plain`, which must outlive it. `level` is 1 (fastest) to 9 (smallest).
    virtual std::unique_ptr<ByteSource> pack(ByteSource& plain, int level) = 0;

    // The bytes that were packed. Errors of read()  those of `packed`; corrupt: damaged, cut off,
    // or followed by other bytes
    virtual std::unique_ptr<ByteSource> unpack(std::unique_ptr<ByteSource> packed) = 0;
};

}  // namespace millrace
