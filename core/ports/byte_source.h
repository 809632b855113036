#pragma once
// ByteSource: bytes that are read once, in order.

#include <cstddef>
#include <span>

#include "core/base/result.h"

namespace millrace {

class ByteSource {
public:
    virtual ~ByteSource() = default;

    // Fills the front of `buffer` and returns how many bytes; 0 is the end.
    // Errors  unavailable; corrupt where the source checks what it reads
    virtual Result<std::size_t> read(std::span<char> buffer) = 0;
};

}  // namespace millrace
