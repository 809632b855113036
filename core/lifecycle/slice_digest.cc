#include "core/lifecycle/slice_digest.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <system_error>
#include <utility>

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

std::string digest_without(const std::string& digest, std::span<const Slice> slices,
                           std::span<const RefusedRow> rows) {
    auto text = digest;
    auto before = '-';
    for (const auto& row : rows) {
        const auto slice = std::ranges::find(slices, row.slice,
                                             [](const Slice& one) { return one.opening.slice; });
        text += fmt::format("{}{}.{}", before, slice - slices.begin(), row.row);
        before = ',';
    }
    return text;
}

std::vector<RefusedRow> rows_left_out(std::string_view without, const std::string& digest,
                                      std::span<const Slice> slices) {
    if (!without.starts_with(digest + "-")) return {};
    const auto* at = without.data() + digest.size();
    const auto* const end = without.data() + without.size();
    std::vector<RefusedRow> rows;
    while (at != end) {
        std::size_t slice = 0;
        RefusedRow row;
        auto read = std::from_chars(at + 1, end, slice);
        if (read.ec != std::errc() || read.ptr == end || *read.ptr != '.') return {};
        read = std::from_chars(read.ptr + 1, end, row.row);
        if (read.ec != std::errc() || (read.ptr != end && *read.ptr != ',')) return {};
        if (slice >= slices.size() || row.row >= slices[slice].content.rows) return {};
        row.slice = slices[slice].opening.slice;
        rows.push_back(std::move(row));
        at = read.ptr;
    }
    return rows;
}

}  // namespace millrace::lifecycle
