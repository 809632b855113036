#include "core/mapping/row_writer.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include <algorithm>
#include <cstring>

#include "core/mapping/plain_copy.h"

namespace millrace::mapping {
namespace {

constexpr std::size_t kBlock = 16;

// Writes each byte and, where it is a quote, one more; without a branch, as quotes come unforeseen.
char* copy_doubling(char* to, const char* from, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
        to[0] = from[i];
        to[1] = '"';
        to += 1 + (from[i] == '"' ? 1 : 0);
    }
    return to;
}

// Copies `value` with quotes doubled; up to one byte behind what it returns is written too.
char* copy_escaped(char* to, std::string_view value) {
    const char* from = value.data();
    std::size_t left = value.size();
#if defined(__SSE2__)
    const auto quote = _mm_set1_epi8('"');
    for (; left >= kBlock; left -= kBlock, from += kBlock) {
        const auto bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
        if (_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, quote)) == 0) {
            _mm_storeu_si128(reinterpret_cast<__m128i*>(to), bytes);
            to += kBlock;
        } else {
            to = copy_doubling(to, from, kBlock);
        }
    }
#endif
    return copy_plain(to, from, left) ? to + left : copy_doubling(to, from, left);
}

}  // namespace

void RowWriter::begin(std::uint64_t bytes_max) {
    size_ = 0;
    bytes_max_ = bytes_max;
}

bool RowWriter::add(std::string_view value) {
    if (!fits(value.size() + 2)) return false;
    return close_value(copy_escaped(open_value(2 * value.size()), value));
}

bool RowWriter::add_plain(std::string_view value) {
    if (!fits(value.size() + 2)) return false;
    char* const to = open_value(value.size());
    if (!value.empty()) std::memcpy(to, value.data(), value.size());
    return close_value(to + value.size());
}

std::string_view RowWriter::finish() {
    reserve(1);
    if (size_ > 0) --size_;  // the comma behind the last value
    bytes_[size_++] = '\n';
    return {bytes_.get(), size_};
}

char* RowWriter::open_value(std::size_t room) {
    reserve(room + 4);  // two quotes, the comma, the byte too much of copy_escaped()
    bytes_[size_] = '"';
    return bytes_.get() + size_ + 1;
}

bool RowWriter::close_value(char* end) {
    end[0] = '"';
    end[1] = ',';
    size_ = static_cast<std::size_t>(end + 2 - bytes_.get());
    return size_ <= bytes_max_;  // the line end takes the place of the last comma
}

void RowWriter::reserve(std::size_t bytes) {
    if (size_ + bytes <= capacity_) return;
    capacity_ = std::max(size_ + bytes, 2 * capacity_);
    auto larger = std::unique_ptr<char[]>(new char[capacity_]);  // make_unique would zero it
    if (size_ > 0) std::memcpy(larger.get(), bytes_.get(), size_);
    bytes_ = std::move(larger);
}

}  // namespace millrace::mapping
