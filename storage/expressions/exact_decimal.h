#pragma once
// ExactDecimal: a number of at most 38 digits, some of them behind the point; what is computed of
// them is exact, or nothing where it does not fit.
//
// Thread  any.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::expressions {

__extension__ using Int128 = __int128;

class ExactDecimal {
public:
    static constexpr int kDigitsMax = 38;

    ExactDecimal() = default;
    explicit ExactDecimal(std::int64_t whole) : digits_(whole) {}

    // Digits with or without a point and sign; blanks around do not matter. Digits behind the point
    // that are too many are cut.
    static std::optional<ExactDecimal> parse(std::string_view text);

    // Also with an exponent, all of whose digits count: "1.5e-7".
    static std::optional<ExactDecimal> parse_any(std::string_view text);

    std::string text() const;  // with all digits behind the point: "1.50"
    double to_double() const;
    int scale() const { return scale_; }  // digits behind the point

    // Half away from zero; to fewer or more digits behind the point.
    std::optional<ExactDecimal> rounded(int scale) const;
    std::optional<ExactDecimal> cut(int scale) const;
    std::optional<ExactDecimal> floor() const;  // the largest whole number that is not larger
    std::optional<std::int64_t> whole() const;  // cut towards 0; nothing beyond 64 bits
    ExactDecimal negated() const;
    bool is_negative() const { return digits_ < 0; }
    // Whether it has at most `precision` digits.
    bool fits(int precision) const;

    friend std::optional<ExactDecimal> add(const ExactDecimal& a, const ExactDecimal& b);
    friend std::optional<ExactDecimal> multiply(const ExactDecimal& a, const ExactDecimal& b);
    // With four digits more behind the point than `a`, rounded; nothing for a division by 0.
    friend std::optional<ExactDecimal> divide(const ExactDecimal& a, const ExactDecimal& b);
    // Cut towards 0; nothing for a division by 0.
    friend std::optional<ExactDecimal> whole_quotient(const ExactDecimal& a, const ExactDecimal& b);
    // With the sign of `a`.
    friend std::optional<ExactDecimal> remainder(const ExactDecimal& a, const ExactDecimal& b);
    friend int compare(const ExactDecimal& a, const ExactDecimal& b);  // -1, 0, 1

private:
    ExactDecimal(Int128 digits, int scale) : digits_(digits), scale_(scale) {}
    static std::optional<ExactDecimal> checked(Int128 digits, int scale);

    Int128 digits_ = 0;
    int scale_ = 0;
};

}  // namespace millrace::expressions
