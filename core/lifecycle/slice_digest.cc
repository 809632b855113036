#include "core/lifecycle/slice_digest.h"

#include <fmt/format.h>

#include <cstdint>

namespace millrace::lifecycle {

std::string slice_digest(std::span<const Slice> slices) {
    std::uint64_t hash = 0xcbf29ce484222325U;
    for (const auto& slice : slices) {
        const auto line = fmt::format("{} {} {} {}\n", to_string(slice.opening.slice),
                                      slice.content.rows, slice.content.bytes, slice.content.crc);
        for (const char c : line) {
            hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
        }
    }
    return fmt::format("{:016x}", hash);
}

}  // namespace millrace::lifecycle
