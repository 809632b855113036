#include "storage/local/slice_reader.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include <bit>
#include <string_view>

#include "core/base/crc32c.h"
#include "core/model/slice_header.h"

namespace millrace::local {
namespace {

constexpr std::size_t kBlock = 64;  // bytes; each is a bit of a word

// Bit i is whether byte i of the block is `wanted`.
std::uint64_t places_of(char wanted, std::string_view block) {
    std::uint64_t places = 0;
#if defined(__SSE2__)
    if (block.size() == kBlock) {
        const auto all = _mm_set1_epi8(wanted);
        for (std::size_t i = 0; i < kBlock; i += sizeof(__m128i)) {
            const auto bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(block.data() + i));
            const auto mask = static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, all)));
            places |= std::uint64_t{mask} << i;
        }
        return places;
    }
#endif
    for (std::size_t i = 0; i < block.size(); ++i) {
        places |= std::uint64_t{block[i] == wanted ? 1U : 0U} << i;
    }
    return places;
}

// Bit i is whether the bits 0 to i have an odd number of ones.
std::uint64_t parity_up_to(std::uint64_t bits) {
    for (unsigned shift = 1; shift < 64; shift *= 2) bits ^= bits << shift;
    return bits;
}

}  // namespace

Result<std::size_t> SliceReader::read(std::span<char> buffer) {
    TRY_ASSIGN(const auto count, file_->read_at(bytes_, std::as_writable_bytes(buffer)));
    if (count == 0) {
        TRY(verify());
        return count;
    }
    const std::string_view read(buffer.data(), count);
    has_header_ = has_header_ || (bytes_ == 0 && read.front() == kSliceHeaderMark);
    bytes_ += count;
    crc_ = crc32c(crc_, read);
    count_lines(read);
    return count;
}

// Without a branch for a byte: whether the next one is a quote, no processor can guess. A doubled
// quote switches off and on again, which leaves the state right.
void SliceReader::count_lines(std::string_view csv) {
    auto in_quotes = in_quotes_ ? ~std::uint64_t{0} : 0;  // all bits are what the last byte left
    std::uint64_t ended = 0;
    while (!csv.empty()) {
        const auto block = csv.substr(0, kBlock);
        const auto inside = in_quotes ^ parity_up_to(places_of('"', block));
        const auto ends = places_of('\n', block) & ~inside;
        ended += static_cast<std::uint64_t>(std::popcount(ends));
        in_quotes = inside >> (block.size() - 1) & 1U ? ~std::uint64_t{0} : 0;
        csv.remove_prefix(block.size());
    }
    in_quotes_ = in_quotes != 0;
    lines_ += ended;
}

Result<void> SliceReader::verify() const {
    const auto rows = has_header_ && lines_ > 0 ? lines_ - 1 : lines_;
    if (bytes_ != content_.bytes || rows != content_.rows || crc_ != content_.crc) {
        return Error(
            Code::corrupt,
            fmt::format("slice has {} bytes, {} rows, CRC {:08x}; sealed were {}, {}, {:08x}",
                        bytes_, rows, crc_, content_.bytes, content_.rows, content_.crc));
    }
    return {};
}

}  // namespace millrace::local
