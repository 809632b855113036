#pragma once
// MemorySource: a ByteSource over a string, handing out at most `piece` bytes at a time.

#include <algorithm>
#include <string>

#include "core/ports/byte_source.h"

namespace millrace::testing_support {

class MemorySource : public ByteSource {
public:
    explicit MemorySource(std::string bytes, std::size_t piece = 1 << 20)
        : bytes_(std::move(bytes)), piece_(piece) {}

    Result<std::size_t> read(std::span<char> buffer) override {
        const auto count = std::min({buffer.size(), bytes_.size() - position_, piece_});
        bytes_.copy(buffer.data(), count, position_);
        position_ += count;
        return count;
    }

private:
    std::string bytes_;
    std::size_t piece_;
    std::size_t position_ = 0;
};

// All bytes of `source`, read through a buffer of `buffer_bytes`.
inline Result<std::string> read_all(ByteSource& source, std::size_t buffer_bytes = 4096) {
    std::string all;
    std::string buffer(buffer_bytes, '\0');
    while (true) {
        TRY_ASSIGN(const auto count, source.read(buffer));
        if (count == 0) return all;
        all.append(buffer, 0, count);
    }
}

}  // namespace millrace::testing_support
