#include "core/lifecycle/slice_digest.h"

#include <fmt/format.h>

#include <cstdint>
#include <string_view>

namespace millrace::lifecycle {
namespace {

class Digest {
public:
    void add(std::string_view line) {
        for (const char c : line) {
            hash_ = (hash_ ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
        }
    }
    std::string text() const { return fmt::format("{:016x}", hash_); }

private:
    std::uint64_t hash_ = 0xcbf29ce484222325U;
};

}  // namespace

std::string slice_digest(std::span<const Slice> slices) {
    Digest digest;
    for (const auto& slice : slices) {
        digest.add(fmt::format("{} {} {} {}\n", to_string(slice.opening.slice), slice.content.rows,
                               slice.content.bytes, slice.content.crc));
    }
    return digest.text();
}

std::string refused_digest(std::span<const RefusedRow> rows) {
    Digest digest;
    for (const auto& row : rows) {
        digest.add(fmt::format("{} {}\n", to_string(row.slice), row.row));
    }
    return digest.text();
}

}  // namespace millrace::lifecycle
