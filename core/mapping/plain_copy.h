#pragma once
// Copies of short texts that most often have no quote: a few words of the processor, without a call
// and without a loop over bytes.
//
// Thread  any.

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace millrace::mapping {

inline constexpr std::size_t kPlainCopyMax = 16;  // bytes

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

// Copies 4 to kPlainCopyMax bytes. False, and nothing is copied: they are fewer or more, or one is
// a quote.
inline bool copy_plain(char* to, const char* from, std::size_t count) {
    if (count < sizeof(std::uint32_t) || count > kPlainCopyMax) return false;
    if (count < sizeof(std::uint64_t)) return copy_words<std::uint32_t>(to, from, count);
    return copy_words<std::uint64_t>(to, from, count);
}

}  // namespace millrace::mapping
