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
    bool is(std::uint64_t hash) const { return hash_ == hash; }

private:
    std::uint64_t hash_ = 0xcbf29ce484222325U;
};

std::string line_of(const Slice& slice) {
    return fmt::format("{} {} {} {}\n", to_string(slice.opening.slice), slice.content.rows,
                       slice.content.bytes, slice.content.crc);
}

// Goes through the ways to leave slices out, each with the digest of those before.
class LeftOutSearch {
public:
    LeftOutSearch(std::uint64_t wanted, std::span<const Slice> slices)
        : wanted_(wanted), left_out_max_(most_left_out(slices.size())) {
        for (const auto& slice : slices) lines_.push_back(line_of(slice));
    }

    // The places of the slices that are left out.
    std::optional<std::vector<std::size_t>> run() {
        if (find(0, {})) return left_out_;
        return std::nullopt;
    }

private:
    static std::size_t most_left_out(std::size_t slices) {
        if (slices <= 20) return slices;
        return slices <= 200 ? 2 : 0;
    }

    bool find(std::size_t place, Digest digest) {
        if (digest.is(wanted_)) {
            for (; place < lines_.size(); ++place) left_out_.push_back(place);
            return true;
        }
        if (place == lines_.size()) return false;
        auto with = digest;
        with.add(lines_[place]);
        if (find(place + 1, with)) return true;
        if (left_out_.size() == left_out_max_) return false;
        left_out_.push_back(place);
        if (find(place + 1, digest)) return true;
        left_out_.pop_back();
        return false;
    }

    const std::uint64_t wanted_;
    const std::size_t left_out_max_;
    std::vector<std::string> lines_;
    std::vector<std::size_t> left_out_;
};

}  // namespace

std::string slice_digest(std::span<const Slice> slices) {
    Digest digest;
    for (const auto& slice : slices) digest.add(line_of(slice));
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

std::optional<std::vector<SliceId>> slices_left_out(std::string_view imported,
                                                    std::span<const Slice> slices) {
    const auto digits = imported.substr(0, imported.find('-'));
    std::uint64_t wanted = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), wanted, 16);
    if (read.ec != std::errc() || read.ptr != digits.data() + digits.size()) return std::nullopt;
    const auto places = LeftOutSearch(wanted, slices).run();
    if (!places || places->empty() || places->size() == slices.size()) return std::nullopt;
    std::vector<SliceId> ids;
    for (const auto place : *places) ids.push_back(slices[place].opening.slice);
    return ids;
}

}  // namespace millrace::lifecycle
