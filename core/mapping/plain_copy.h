#pragma once
// Copies of short texts that most often have no quote: a few words of the processor, without a call
// and without a loop over bytes.
//
// Thread  any.

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace millrace::mapping {

#if defined(__SSE2__)
inline constexpr std::size_t kPlainCopyMax = 32;  // bytes
#else
inline constexpr std::size_t kPlainCopyMax = 16;
#endif

// Whether one of the bytes is a quote (Bit Twiddling Hacks: "Determine if a word has a zero byte").
inline bool has_quote(std::uint64_t bytes) {
    const auto zero_if_quote = bytes ^ 0x2222222222222222;
    return ((zero_if_quote - 0x0101010101010101) & ~zero_if_quote & 0x8080808080808080) != 0;
}

// Copies sizeof(Word) to twice as many bytes, as two words that overlap. False, and nothing is
// copied, if one of them is a quote.
template <typename Word>
bool copy_words(char* to, const char* from, std::size_t count) {
    Word first;
    Word last;
    std::memcpy(&first, from, sizeof(Word));
    std::memcpy(&last, from + count - sizeof(Word), sizeof(Word));
    if (has_quote(first) || has_quote(last)) return false;
    std::memcpy(to, &first, sizeof(Word));
    std::memcpy(to + count - sizeof(Word), &last, sizeof(Word));
    return true;
}

#if defined(__SSE2__)
// The same of 16 to 32 bytes.
inline bool copy_blocks(char* to, const char* from, std::size_t count) {
    constexpr std::size_t kBlock = sizeof(__m128i);
    const auto first = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
    const auto last = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from + count - kBlock));
    const auto quote = _mm_set1_epi8('"');
    const auto quotes = _mm_or_si128(_mm_cmpeq_epi8(first, quote), _mm_cmpeq_epi8(last, quote));
    if (_mm_movemask_epi8(quotes) != 0) return false;
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to), first);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to + count - kBlock), last);
    return true;
}
#endif

// The same of at most 3 bytes.
inline bool copy_few(char* to, const char* from, std::size_t count) {
    if (count == 0) return true;
    const char first = from[0], middle = from[count / 2], last = from[count - 1];
    if (first == '"' || middle == '"' || last == '"') return false;
    to[0] = first;
    to[count / 2] = middle;
    to[count - 1] = last;
    return true;
}

// Copies at most kPlainCopyMax bytes. False, and nothing is copied: they are more, or one is a
// quote.
inline bool copy_plain(char* to, const char* from, std::size_t count) {
    if (count > kPlainCopyMax) return false;
    if (count < sizeof(std::uint32_t)) return copy_few(to, from, count);
    if (count < sizeof(std::uint64_t)) return copy_words<std::uint32_t>(to, from, count);
#if defined(__SSE2__)
    if (count > 2 * sizeof(std::uint64_t)) return copy_blocks(to, from, count);
#endif
    return copy_words<std::uint64_t>(to, from, count);
}

}  // namespace millrace::mapping
