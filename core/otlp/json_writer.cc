#include "core/otlp/json_writer.h"

#include <fmt/format.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <limits>
#include <new>

#include "core/mapping/json_text.h"

namespace millrace::otlp {
namespace {

constexpr std::uint64_t kNanos = 1'000'000'000;
constexpr char kHexDigits[] = "0123456789abcdef";
constexpr char kBase64Digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::string text_of_second(std::uint64_t second) {
    using namespace std::chrono;
    const sys_seconds time{seconds(static_cast<std::int64_t>(second))};
    const auto day = floor<days>(time);
    const year_month_day date{day};
    const hh_mm_ss clock{time - day};
    return fmt::format("\"{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                       clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

// Bits of a byte that say what it is in a JSON string, in each byte of a word.
constexpr std::uint64_t kHighBits = 0x8080808080808080;
constexpr std::uint64_t kOnes = 0x0101010101010101;

// Whether each of the eight bytes is ASCII that stands for itself in a JSON string (Bit Twiddling
// Hacks: "Determine if a word has a byte less than n", "a zero byte").
bool is_plain(std::uint64_t bytes) {
    const auto quotes = bytes ^ (kOnes * '"');
    const auto backslashes = bytes ^ (kOnes * '\\');
    const auto controls = bytes - kOnes * 0x20;
    return ((bytes | controls | (quotes - kOnes) | (backslashes - kOnes)) & kHighBits) == 0;
}

std::uint64_t word_at(const char* at) {
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, at, sizeof bytes);
    return bytes;
}

// Up to seven bytes, the others being plain.
std::uint64_t word_of(const char* at, std::size_t count) {
    std::uint64_t bytes = kOnes * 'a';
    std::memcpy(&bytes, at, count);
    return bytes;
}

#if defined(__SSE2__)
// As is_plain(), of sixteen bytes: none of them is above 0x7f or below 0x20, as signed numbers.
bool is_plain(__m128i bytes) {
    const auto controls = _mm_cmplt_epi8(bytes, _mm_set1_epi8(0x20));
    const auto quotes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
    const auto backslashes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
    return _mm_movemask_epi8(_mm_or_si128(controls, _mm_or_si128(quotes, backslashes))) == 0;
}
#endif

// Copies the text if all of it is plain; else false, and what was copied does not count.
bool copy_plain(char* to, std::string_view text) {
    const char* from = text.data();
    auto left = text.size();
#if defined(__SSE2__)
    constexpr std::size_t kBlock = sizeof(__m128i);
    for (; left >= kBlock; left -= kBlock) {
        const auto bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
        if (!is_plain(bytes)) return false;
        _mm_storeu_si128(reinterpret_cast<__m128i*>(to), bytes);
        from += kBlock;
        to += kBlock;
    }
#endif
    for (; left >= sizeof(std::uint64_t); left -= sizeof(std::uint64_t)) {
        const auto bytes = word_at(from);
        if (!is_plain(bytes)) return false;
        std::memcpy(to, &bytes, sizeof bytes);
        from += sizeof bytes;
        to += sizeof bytes;
    }
    if (left == 0) return true;
    const auto bytes = word_of(from, left);
    std::memcpy(to, &bytes, left);
    return is_plain(bytes);
}

constexpr std::size_t kRealBytesMax = 64;  // the longest has 26

}  // namespace

void JsonWriter::release(std::size_t kept_bytes) {
    if (escaped_.capacity() > kept_bytes) std::string().swap(escaped_);
    if (capacity_ <= kept_bytes) return;
    bytes_.reset();
    size_ = capacity_ = 0;
}

void JsonWriter::grow(std::size_t bytes) {
    constexpr std::size_t kSmallest = 4 << 10;
    const auto capacity = std::max({size_ + bytes + kPadding, 2 * capacity_, kSmallest});
    auto* const larger = static_cast<char*>(std::realloc(bytes_.get(), capacity));
    if (larger == nullptr) throw std::bad_alloc();
    static_cast<void>(bytes_.release());  // realloc(3) has freed it, or it is the same
    bytes_.reset(larger);
    capacity_ = capacity;
}

void JsonWriter::string(std::string_view text) {
    char* const to = room(text.size() + 2);
    is_escaped_ = !copy_plain(to + 1, text);
    if (is_escaped_) {
        escaped_.clear();
        mapping::append_json_string(escaped_, text);
        return raw(escaped_);
    }
    to[0] = '"';
    to[text.size() + 1] = '"';
    size_ += text.size() + 2;
}

void JsonWriter::number(std::int64_t value) {
    const fmt::format_int digits(value);
    raw(std::string_view(digits.data(), digits.size()));
}

void JsonWriter::count(std::uint64_t value) {
    const fmt::format_int digits(
        std::min<std::uint64_t>(value, std::numeric_limits<std::int64_t>::max()));
    raw(std::string_view(digits.data(), digits.size()));
}

void JsonWriter::number(double value) {
    if (std::isnan(value)) return raw("\"NaN\"");
    if (std::isinf(value)) return raw(value > 0 ? "\"Infinity\"" : "\"-Infinity\"");
    const auto size = std::abs(value);
    const bool is_fixed = size == 0 || (size >= 1e-6 && size < 1e21);
    const auto format = is_fixed ? std::chars_format::fixed : std::chars_format::scientific;
    char* const to = room(kRealBytesMax);
    end_at(std::to_chars(to, to + kRealBytesMax, value, format).ptr);
}

void JsonWriter::time(std::uint64_t unix_nanos) {
    if (unix_nanos == 0) return raw("\"\"");
    const auto second = unix_nanos / kNanos;
    if (second != second_ || second_text_.empty()) {
        second_text_ = text_of_second(second);
        second_ = second;
    }
    raw(second_text_);
    if (const auto fraction = unix_nanos % kNanos; fraction > 0) {
        const fmt::format_int digits(kNanos + fraction);  // a one before them: zeros are digits
        const std::string_view all(digits.data() + 1, digits.size() - 1);
        raw('.');
        raw(all.substr(0, all.find_last_not_of('0') + 1));
    }
    raw("Z\"");
}

void JsonWriter::hex(std::string_view bytes) {
    auto* to = room(2 * bytes.size() + 2);
    *to++ = '"';
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        *to++ = kHexDigits[byte >> 4];
        *to++ = kHexDigits[byte & 0xf];
    }
    *to++ = '"';
    end_at(to);
}

void JsonWriter::base64(std::string_view bytes) {
    auto* to = room((bytes.size() + 2) / 3 * 4 + 2);
    *to++ = '"';
    const auto byte = [&](std::size_t index) -> std::uint32_t {
        return index < bytes.size() ? static_cast<unsigned char>(bytes[index]) : 0;
    };
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const auto group = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
        const auto left = bytes.size() - i;
        *to++ = kBase64Digits[group >> 18];
        *to++ = kBase64Digits[(group >> 12) & 0x3f];
        *to++ = left > 1 ? kBase64Digits[(group >> 6) & 0x3f] : '=';
        *to++ = left > 2 ? kBase64Digits[group & 0x3f] : '=';
    }
    *to++ = '"';
    end_at(to);
}

bool append_from_base64(std::string& out, std::string_view text) {
    if (text.size() % 4 == 0) {
        for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
    }
    if (text.size() % 4 == 1) return false;
    const auto value_of = [](char c) -> int {
        if (c >= 'A' && c <= 'Z') return c - 'A';
        if (c >= 'a' && c <= 'z') return c - 'a' + 26;
        if (c >= '0' && c <= '9') return c - '0' + 52;
        if (c == '+' || c == '-') return 62;
        if (c == '/' || c == '_') return 63;
        return -1;
    };
    std::uint32_t bits = 0;
    int held = 0;
    for (const char c : text) {
        const auto value = value_of(c);
        if (value < 0) return false;
        bits = bits << 6 | static_cast<std::uint32_t>(value);
        held += 6;
        if (held < 8) continue;
        held -= 8;
        out.push_back(static_cast<char>(bits >> held & 0xff));
    }
    return true;
}

}  // namespace millrace::otlp
