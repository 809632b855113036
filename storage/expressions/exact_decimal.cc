#include "storage/expressions/exact_decimal.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <limits>
#include <utility>

namespace millrace::expressions {
namespace {

constexpr int kDivisionDigits = 4;
constexpr int kExponentMax = 1'000;  // a double has less

constexpr std::array<Int128, ExactDecimal::kDigitsMax + 1> kPowers = [] {
    std::array<Int128, ExactDecimal::kDigitsMax + 1> powers{};
    powers[0] = 1;
    for (std::size_t i = 1; i < powers.size(); ++i) powers[i] = powers[i - 1] * 10;
    return powers;
}();

constexpr Int128 power(int exponent) {
    return kPowers[static_cast<std::size_t>(exponent)];
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

__extension__ using Unsigned = unsigned __int128;

constexpr auto kEnd = static_cast<Unsigned>(power(ExactDecimal::kDigitsMax));

Unsigned size_of(Int128 digits) {
    return static_cast<Unsigned>(digits < 0 ? -digits : digits);
}

struct Quotient {
    std::optional<Int128> whole;  // nothing if it has more digits than a decimal
    Unsigned rest = 0;
};

// Of a * 10^more by b, which is not 0: digit by digit, because the dividend may have twice as many
// digits as an integer.
Quotient divided(Unsigned a, int more, Unsigned b) {
    auto whole = a / b;
    auto rest = a % b;
    bool fits = whole < kEnd;
    for (int i = 0; i < more; ++i) {
        Unsigned digit = 0;
        Unsigned tenfold = 0;  // less multiples of b
        for (int j = 0; j < 10; ++j) {
            const bool is_over = tenfold >= b - rest;
            tenfold = is_over ? tenfold - (b - rest) : tenfold + rest;
            if (is_over) ++digit;
        }
        rest = tenfold;
        fits = fits && whole <= (kEnd - 1 - digit) / 10;
        if (fits) whole = whole * 10 + digit;
    }
    return {.whole = fits ? std::optional(static_cast<Int128>(whole)) : std::nullopt, .rest = rest};
}

// Of a by b, which have the scales: the rest has the larger of them.
Quotient divided(Int128 a, int a_scale, Int128 b, int b_scale) {
    if (a_scale <= b_scale) return divided(size_of(a), b_scale - a_scale, size_of(b));
    Int128 divisor = 0;
    if (__builtin_mul_overflow(b, power(a_scale - b_scale), &divisor)) {
        return {.whole = 0, .rest = size_of(a)};
    }
    return divided(size_of(a), 0, size_of(divisor));
}

// a * b / divisor, cut; nothing if that has more digits than a decimal. All have at most so many.
std::optional<Int128> product_by(Unsigned a, Unsigned b, Unsigned divisor) {
    Unsigned whole = 0;
    Unsigned rest = 0;
    for (int bit = 127; bit >= 0; --bit) {
        const bool is_set = (a >> bit & 1) != 0;
        rest = 2 * rest + (is_set ? b % divisor : 0);
        whole = 2 * whole + (is_set ? b / divisor : 0) + rest / divisor;
        rest %= divisor;
        if (whole >= kEnd) return std::nullopt;
    }
    return static_cast<Int128>(whole);
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kBlanks = " \t\r\n";
    const auto begin = text.find_first_not_of(kBlanks);
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

// Both with the larger scale of the two; nothing if that does not fit.
std::optional<std::pair<Int128, Int128>> aligned(Int128 a, int a_scale, Int128 b, int b_scale) {
    const int scale = std::max(a_scale, b_scale);
    std::pair<Int128, Int128> both;
    if (__builtin_mul_overflow(a, power(scale - a_scale), &both.first) ||
        __builtin_mul_overflow(b, power(scale - b_scale), &both.second)) {
        return std::nullopt;
    }
    return both;
}

}  // namespace

std::optional<ExactDecimal> ExactDecimal::checked(Int128 digits, int scale) {
    if (digits >= power(kDigitsMax) || digits <= -power(kDigitsMax)) return std::nullopt;
    return ExactDecimal(digits, scale);
}

std::optional<ExactDecimal> ExactDecimal::parse(std::string_view text) {
    text = trimmed(text);
    const bool is_negative = text.starts_with('-');
    if (is_negative || text.starts_with('+')) text.remove_prefix(1);
    Int128 digits = 0;
    int count = 0;
    int scale = -1;  // until there is a point
    bool has_digits = false;
    for (const char c : text) {
        if (c == '.' && scale < 0) {
            scale = 0;
            continue;
        }
        if (!is_digit(c)) return std::nullopt;
        has_digits = true;
        if (count == kDigitsMax && scale < 0) return std::nullopt;
        if (count == kDigitsMax || scale == kDigitsMax) continue;
        digits = digits * 10 + (c - '0');
        if (digits != 0) ++count;
        if (scale >= 0) ++scale;
    }
    if (!has_digits) return std::nullopt;
    return ExactDecimal(is_negative ? -digits : digits, std::max(scale, 0));
}

std::optional<ExactDecimal> ExactDecimal::parse_any(std::string_view text) {
    text = trimmed(text);
    const auto mark = text.find_first_of("eE");
    if (mark == std::string_view::npos) return parse(text);
    auto mantissa = text.substr(0, mark);
    auto power_of_ten = text.substr(mark + 1);
    if (power_of_ten.starts_with('+') && !power_of_ten.starts_with("+-")) {
        power_of_ten.remove_prefix(1);
    }
    int exponent = 0;
    const auto* const end = power_of_ten.data() + power_of_ten.size();
    const auto read = std::from_chars(power_of_ten.data(), end, exponent);
    if (read.ec != std::errc() || read.ptr != end || std::abs(exponent) > kExponentMax) {
        return std::nullopt;
    }
    if (mantissa.find_first_of("0123456789") == std::string_view::npos) return std::nullopt;
    const auto sign = mantissa.substr(0, mantissa.find_first_not_of("+-") == 1 ? 1 : 0);
    mantissa.remove_prefix(sign.size());
    const auto point = std::min(mantissa.find('.'), mantissa.size());
    std::string digits(mantissa.substr(0, point));
    if (point < mantissa.size()) digits += mantissa.substr(point + 1);
    // Moves the point, with zeros where there are no digits.
    auto place = static_cast<int>(point) + exponent;
    if (place < 0) {
        digits.insert(0, static_cast<std::size_t>(-place), '0');
        place = 0;
    }
    if (static_cast<std::size_t>(place) > digits.size()) {
        digits.resize(static_cast<std::size_t>(place), '0');
    }
    digits.insert(static_cast<std::size_t>(place), ".");
    return parse(std::string(sign) + digits);
}

std::string ExactDecimal::text() const {
    auto rest = digits_ < 0 ? -digits_ : digits_;
    std::string reversed;
    for (int i = 0; rest > 0 || i <= scale_; ++i) {
        if (i == scale_ && scale_ > 0) reversed += '.';
        reversed += static_cast<char>('0' + static_cast<int>(rest % 10));
        rest /= 10;
    }
    if (digits_ < 0) reversed += '-';
    std::reverse(reversed.begin(), reversed.end());
    return reversed;
}

double ExactDecimal::to_double() const {
    return static_cast<double>(digits_) / static_cast<double>(power(scale_));
}

std::optional<ExactDecimal> ExactDecimal::rounded(int scale) const {
    if (scale >= scale_) return cut(scale);
    if (scale_ - scale > kDigitsMax) return ExactDecimal(0, std::max(scale, 0));
    const auto unit = power(scale_ - scale);
    auto digits = digits_ / unit;
    const auto rest = digits_ % unit;
    const auto size = rest < 0 ? -rest : rest;
    if (size >= unit - size) digits += digits_ < 0 ? -1 : 1;
    return scale >= 0 ? checked(digits, scale)
                      : multiply(ExactDecimal(digits, 0), ExactDecimal(power(-scale), 0));
}

std::optional<ExactDecimal> ExactDecimal::cut(int scale) const {
    if (scale > kDigitsMax) return std::nullopt;
    if (scale >= scale_) {
        Int128 digits = 0;
        if (__builtin_mul_overflow(digits_, power(scale - scale_), &digits)) return std::nullopt;
        return checked(digits, scale);
    }
    if (scale_ - scale > kDigitsMax) return ExactDecimal(0, std::max(scale, 0));
    const auto digits = digits_ / power(scale_ - scale);
    return scale >= 0 ? checked(digits, scale)
                      : multiply(ExactDecimal(digits, 0), ExactDecimal(power(-scale), 0));
}

std::optional<ExactDecimal> ExactDecimal::floor() const {
    const auto unit = power(scale_);
    auto digits = digits_ / unit;
    if (digits_ < 0 && digits_ % unit != 0) --digits;
    return ExactDecimal(digits, 0);
}

std::optional<std::int64_t> ExactDecimal::whole() const {
    using Limits = std::numeric_limits<std::int64_t>;
    const auto digits = digits_ / power(scale_);
    if (digits < Limits::min() || digits > Limits::max()) return std::nullopt;
    return static_cast<std::int64_t>(digits);
}

ExactDecimal ExactDecimal::negated() const {
    return {-digits_, scale_};
}

bool ExactDecimal::fits(int precision) const {
    const auto size = digits_ < 0 ? -digits_ : digits_;
    return precision >= kDigitsMax || size < power(precision);
}

std::optional<ExactDecimal> add(const ExactDecimal& a, const ExactDecimal& b) {
    const auto both = aligned(a.digits_, a.scale_, b.digits_, b.scale_);
    if (!both) return std::nullopt;
    Int128 sum = 0;
    if (__builtin_add_overflow(both->first, both->second, &sum)) return std::nullopt;
    return ExactDecimal::checked(sum, std::max(a.scale_, b.scale_));
}

std::optional<ExactDecimal> multiply(const ExactDecimal& a, const ExactDecimal& b) {
    Int128 product = 0;
    const int scale = a.scale_ + b.scale_;
    const int more = std::max(scale - ExactDecimal::kDigitsMax, 0);
    if (!__builtin_mul_overflow(a.digits_, b.digits_, &product)) {
        return ExactDecimal::checked(product / power(more), scale - more);
    }
    const auto size = product_by(size_of(a.digits_), size_of(b.digits_), size_of(power(more)));
    if (!size) return std::nullopt;
    const bool is_negative = (a.digits_ < 0) != (b.digits_ < 0);
    return ExactDecimal(is_negative ? -*size : *size, scale - more);
}

std::optional<ExactDecimal> divide(const ExactDecimal& a, const ExactDecimal& b) {
    if (b.digits_ == 0) return std::nullopt;
    const int scale = std::min(a.scale_ + kDivisionDigits, ExactDecimal::kDigitsMax);
    const auto divisor = size_of(b.digits_);
    const auto [whole, rest] = divided(size_of(a.digits_), scale - a.scale_ + b.scale_, divisor);
    if (!whole) return std::nullopt;
    const auto quotient = rest >= divisor - rest ? *whole + 1 : *whole;
    const bool is_negative = (a.digits_ < 0) != (b.digits_ < 0);
    return ExactDecimal::checked(is_negative ? -quotient : quotient, scale);
}

std::optional<ExactDecimal> whole_quotient(const ExactDecimal& a, const ExactDecimal& b) {
    if (b.digits_ == 0) return std::nullopt;
    const auto whole = divided(a.digits_, a.scale_, b.digits_, b.scale_).whole;
    if (!whole) return std::nullopt;
    const bool is_negative = (a.digits_ < 0) != (b.digits_ < 0);
    return ExactDecimal(is_negative ? -*whole : *whole, 0);
}

std::optional<ExactDecimal> remainder(const ExactDecimal& a, const ExactDecimal& b) {
    if (b.digits_ == 0) return std::nullopt;
    const auto rest = static_cast<Int128>(divided(a.digits_, a.scale_, b.digits_, b.scale_).rest);
    return ExactDecimal::checked(a.digits_ < 0 ? -rest : rest, std::max(a.scale_, b.scale_));
}

int compare(const ExactDecimal& a, const ExactDecimal& b) {
    if (const auto both = aligned(a.digits_, a.scale_, b.digits_, b.scale_)) {
        return both->first < both->second ? -1 : both->first > both->second ? 1 : 0;
    }
    // One of them is too large to have the digits of the other: they are not near each other.
    return a.to_double() < b.to_double() ? -1 : 1;
}

}  // namespace millrace::expressions
