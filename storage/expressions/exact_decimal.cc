#include "storage/expressions/exact_decimal.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace millrace::expressions {
namespace {

constexpr int kDivisionDigits = 4;

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
    while (text.starts_with(' ')) text.remove_prefix(1);
    while (text.ends_with(' ')) text.remove_suffix(1);
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
        if (count == kDigitsMax) {
            if (scale < 0) return std::nullopt;
            continue;
        }
        digits = digits * 10 + (c - '0');
        if (digits != 0) ++count;
        if (scale >= 0) {
            if (scale == kDigitsMax) return std::nullopt;
            ++scale;
        }
    }
    if (!has_digits) return std::nullopt;
    return ExactDecimal(is_negative ? -digits : digits, std::max(scale, 0));
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
    if (__builtin_mul_overflow(a.digits_, b.digits_, &product)) return std::nullopt;
    const int scale = a.scale_ + b.scale_;
    if (scale <= ExactDecimal::kDigitsMax) return ExactDecimal::checked(product, scale);
    const auto unit = power(std::min(scale - ExactDecimal::kDigitsMax, ExactDecimal::kDigitsMax));
    return ExactDecimal::checked(product / unit, ExactDecimal::kDigitsMax);
}

std::optional<ExactDecimal> divide(const ExactDecimal& a, const ExactDecimal& b) {
    if (b.digits_ == 0) return std::nullopt;
    const int scale = std::min(a.scale_ + kDivisionDigits, ExactDecimal::kDigitsMax);
    const int more = scale - a.scale_ + b.scale_;
    Int128 dividend = 0;
    if (more > ExactDecimal::kDigitsMax ||
        __builtin_mul_overflow(a.digits_, power(more), &dividend)) {
        return std::nullopt;
    }
    auto quotient = dividend / b.digits_;
    const auto rest = dividend % b.digits_;
    const auto size = rest < 0 ? -rest : rest;
    const auto divisor = b.digits_ < 0 ? -b.digits_ : b.digits_;
    if (size >= divisor - size) quotient += (a.digits_ < 0) == (b.digits_ < 0) ? 1 : -1;
    return ExactDecimal::checked(quotient, scale);
}

std::optional<ExactDecimal> remainder(const ExactDecimal& a, const ExactDecimal& b) {
    const auto both = aligned(a.digits_, a.scale_, b.digits_, b.scale_);
    if (!both || both->second == 0) return std::nullopt;
    return ExactDecimal(both->first % both->second, std::max(a.scale_, b.scale_));
}

int compare(const ExactDecimal& a, const ExactDecimal& b) {
    if (const auto both = aligned(a.digits_, a.scale_, b.digits_, b.scale_)) {
        return both->first < both->second ? -1 : both->first > both->second ? 1 : 0;
    }
    // One of them is too large to have the digits of the other: they are not near each other.
    return a.to_double() < b.to_double() ? -1 : 1;
}

}  // namespace millrace::expressions
