#include "core/bulk/csv_plain.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include <bit>
#include <cstdint>
#include <cstring>

namespace millrace::bulk {
namespace {

#if defined(__SSE2__)

// One bit for each of the 64 bytes at `p` that is `c`.
std::uint64_t matches(const char* p, __m128i c) {
    std::uint64_t bits = 0;
    for (int i = 0; i < 4; ++i) {
        const auto block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p + 16 * i));
        const auto mask = static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(block, c)));
        bits |= static_cast<std::uint64_t>(mask) << (16 * i);
    }
    return bits;
}

// 64 bytes at a time: values are short, and a search for each would be mostly its begin and end.
void split_by_char(std::string_view record, char separator, CsvCells& cells) {
    const auto wanted = _mm_set1_epi8(separator);
    const auto* value = record.data();
    const auto* const end = record.data() + record.size();
    for (const auto* p = value; p < end; p += 64) {
        auto bits = matches(p, wanted);
        if (end - p < 64) bits &= (std::uint64_t{1} << (end - p)) - 1;
        for (; bits != 0; bits &= bits - 1) {
            const auto* const found = p + std::countr_zero(bits);
            cells.add(value, found);
            value = found + 1;
        }
    }
    cells.add(value, end);
}

#else

void split_by_char(std::string_view record, char separator, CsvCells& cells) {
    const auto* value = record.data();
    const auto* const end = record.data() + record.size();
    while (true) {
        const auto* const found = static_cast<const char*>(
            std::memchr(value, separator, static_cast<std::size_t>(end - value)));
        if (found == nullptr) break;
        cells.add(value, found);
        value = found + 1;
    }
    cells.add(value, end);
}

#endif

}  // namespace

void split_plain(std::string_view record, std::string_view separator, CsvCells& cells) {
    if (separator.size() == 1) {
        split_by_char(record, separator.front(), cells);
        return;
    }
    while (true) {
        const auto at = record.find(separator);
        if (at == std::string_view::npos) break;
        cells.add(record.data(), record.data() + at);
        record.remove_prefix(at + separator.size());
    }
    cells.add(record.data(), record.data() + record.size());
}

}  // namespace millrace::bulk
