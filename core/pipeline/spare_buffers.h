#pragma once
// SpareBuffers: the memory of rows that nobody needs any more, for the rows of later turns. Fresh
// memory would come page by page from the kernel.
//
// Thread  any.

#include <array>
#include <cstddef>
#include <string>
#include <utility>

#include "core/base/guarded.h"

namespace millrace::pipeline {

class SpareBuffers {
public:
    // An empty text with room; the room may be none.
    std::string take() {
        return buffers_.with([](Buffers& buffers) {
            for (auto& buffer : buffers) {
                if (buffer.capacity() > kWorthBytes) return std::exchange(buffer, {});
            }
            return std::string();
        });
    }

    void give(std::string buffer) {
        if (buffer.capacity() <= kWorthBytes || buffer.capacity() > kKeptBytesMax) return;
        buffer.clear();
        buffers_.with([&](Buffers& buffers) {
            for (auto& place : buffers) {
                if (place.capacity() <= kWorthBytes) return place.swap(buffer);
            }
        });
    }

private:
    static constexpr std::size_t kWorthBytes = 64 << 10;  // less comes from malloc(3) at no cost
    static constexpr std::size_t kKeptBytesMax = 1 << 20;
    using Buffers = std::array<std::string, 4>;

    Guarded<Buffers> buffers_;
};

}  // namespace millrace::pipeline
