#include "core/bulk/byte_scan.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include <bit>

namespace millrace::bulk {

std::size_t find_either(std::string_view text, std::size_t at, char a, char b) {
#if defined(__SSE2__)
    const auto first = _mm_set1_epi8(a);
    const auto second = _mm_set1_epi8(b);
    for (; at + 16 <= text.size(); at += 16) {
        const auto bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + at));
        const auto equal =
            _mm_or_si128(_mm_cmpeq_epi8(bytes, first), _mm_cmpeq_epi8(bytes, second));
        const auto mask = static_cast<unsigned>(_mm_movemask_epi8(equal));
        if (mask != 0) return at + static_cast<std::size_t>(std::countr_zero(mask));
    }
#endif
    while (at < text.size() && text[at] != a && text[at] != b) ++at;
    return at;
}

}  // namespace millrace::bulk
