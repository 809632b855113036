#include "core/bulk/json_end.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include <bit>

namespace millrace::bulk {
namespace {

// The first quote or backslash from `at` on, or the end.
std::size_t find_in_string(std::string_view text, std::size_t at) {
#if defined(__SSE2__)
    const auto quote = _mm_set1_epi8('"');
    const auto backslash = _mm_set1_epi8('\\');
    for (; at + 16 <= text.size(); at += 16) {
        const auto bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + at));
        const auto special =
            _mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, backslash));
        const auto mask = static_cast<unsigned>(_mm_movemask_epi8(special));
        if (mask != 0) return at + static_cast<std::size_t>(std::countr_zero(mask));
    }
#endif
    while (at < text.size() && text[at] != '"' && text[at] != '\\') ++at;
    return at;
}

bool ends_word(char c) {
    return c == ',' || c == ']' || c == '}' || c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

}  // namespace

std::optional<std::size_t> JsonEnd::found(std::size_t bytes) {
    *this = JsonEnd();
    return bytes;
}

std::optional<std::size_t> JsonEnd::find(std::string_view text, bool is_all) {
    while (at_ < text.size()) {
        if (in_string_) {
            at_ = find_in_string(text, at_);
            if (at_ == text.size()) break;
            if (text[at_] == '\\') {
                if (at_ + 1 == text.size()) break;
                at_ += 2;
                continue;
            }
            in_string_ = false;
            ++at_;
            if (depth_ == 0) return found(at_);
            continue;
        }
        const char c = text[at_];
        if (depth_ == 0 && at_ > 0 && ends_word(c)) return found(at_);
        ++at_;
        if (c == '"') {
            in_string_ = true;
        } else if (c == '{' || c == '[') {
            ++depth_;
        } else if (c == '}' || c == ']') {
            if (depth_ <= 1) return found(at_);
            --depth_;
        }
    }
    if (!is_all || in_string_ || depth_ > 0) return std::nullopt;
    return found(at_);
}

}  // namespace millrace::bulk
