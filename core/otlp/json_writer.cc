#include "core/otlp/json_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <limits>

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

// Whether the whole text stands for itself in a JSON string.
bool is_plain(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte >= 0x20 && byte < 0x80 && c != '"' && c != '\\';
    });
}

}  // namespace

void JsonWriter::release(std::size_t kept_bytes) {
    if (out_.capacity() > kept_bytes) std::string().swap(out_);
}

void JsonWriter::string(std::string_view text) {
    constexpr std::size_t kShort = 32;  // a longer one is worth the search by vectors
    if (text.size() > kShort || !is_plain(text)) return mapping::append_json_string(out_, text);
    const auto at = out_.size();
    out_.resize(at + text.size() + 2);
    out_[at] = '"';
    std::copy(text.begin(), text.end(), out_.begin() + static_cast<std::ptrdiff_t>(at) + 1);
    out_.back() = '"';
}

void JsonWriter::number(std::int64_t value) {
    const fmt::format_int digits(value);
    out_.append(digits.data(), digits.size());
}

void JsonWriter::count(std::uint64_t value) {
    const fmt::format_int digits(
        std::min<std::uint64_t>(value, std::numeric_limits<std::int64_t>::max()));
    out_.append(digits.data(), digits.size());
}

void JsonWriter::number(double value) {
    if (std::isnan(value)) return raw("\"NaN\"");
    if (std::isinf(value)) return raw(value > 0 ? "\"Infinity\"" : "\"-Infinity\"");
    const auto size = std::abs(value);
    const bool is_fixed = size == 0 || (size >= 1e-6 && size < 1e21);
    std::array<char, 64> digits{};
    const auto format = is_fixed ? std::chars_format::fixed : std::chars_format::scientific;
    const auto [end, failure] =
        std::to_chars(digits.data(), digits.data() + digits.size(), value, format);
    static_cast<void>(failure);  // the longest has 26 characters
    out_.append(digits.data(), end);
}

void JsonWriter::time(std::uint64_t unix_nanos) {
    if (unix_nanos == 0) return raw("\"\"");
    const auto second = unix_nanos / kNanos;
    if (second != second_ || second_text_.empty()) {
        second_text_ = text_of_second(second);
        second_ = second;
    }
    out_.append(second_text_);
    auto fraction = unix_nanos % kNanos;
    if (fraction > 0) {
        std::array<char, 10> digits{};
        digits[0] = '.';
        for (std::size_t i = 9; i > 0; --i) {
            digits[i] = static_cast<char>('0' + fraction % 10);
            fraction /= 10;
        }
        std::size_t length = digits.size();
        while (digits[length - 1] == '0') --length;
        out_.append(digits.data(), length);
    }
    out_.append("Z\"");
}

void JsonWriter::hex(std::string_view bytes) {
    auto at = out_.size();
    out_.resize(at + 2 * bytes.size() + 2);
    out_[at++] = '"';
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        out_[at++] = kHexDigits[byte >> 4];
        out_[at++] = kHexDigits[byte & 0xf];
    }
    out_[at] = '"';
}

void JsonWriter::base64(std::string_view bytes) {
    raw('"');
    std::size_t i = 0;
    const auto byte = [&](std::size_t index) -> std::uint32_t {
        return index < bytes.size() ? static_cast<unsigned char>(bytes[index]) : 0;
    };
    for (; i < bytes.size(); i += 3) {
        const auto group = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
        const auto left = bytes.size() - i;
        raw(kBase64Digits[group >> 18]);
        raw(kBase64Digits[(group >> 12) & 0x3f]);
        raw(left > 1 ? kBase64Digits[(group >> 6) & 0x3f] : '=');
        raw(left > 2 ? kBase64Digits[group & 0x3f] : '=');
    }
    raw('"');
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
