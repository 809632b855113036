#include "storage/expressions/number_functions.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <string>

#include "storage/expressions/exact_decimal.h"
#include "storage/expressions/loose_value.h"

namespace millrace::expressions::functions {
namespace {

using sqlite::ValueKind;

constexpr double kFractionEnd = 9007199254740992.0;  // 2^53: from there on a double is whole
constexpr int kPlacesMax = 30;                       // behind the point, of what is rounded

std::optional<ExactDecimal> decimal(const Arguments& in, int position) {
    switch (in.kind_of(position)) {
        case ValueKind::null:
            return std::nullopt;
        case ValueKind::integer:
            return ExactDecimal(in.integer(position));
        case ValueKind::real:
            // The shortest digits that are the same double when they are read.
            return ExactDecimal::parse_any(fmt::format("{}", in.real(position)));
        case ValueKind::text:
        case ValueKind::blob:
            return ExactDecimal::parse_any(in.text(position));
    }
    return std::nullopt;
}

// As a double, also if it is a decimal.
double real(const Arguments& in, int position) {
    if (in.kind_of(position) != ValueKind::text) return in.real(position);
    const auto exact = ExactDecimal::parse(in.text(position));
    return exact ? exact->to_double() : 0.0;
}

void set(FunctionResult& out, const std::optional<ExactDecimal>& value) {
    if (value) out.set(value->text());
}

void set(FunctionResult& out, const Number& number) {
    std::visit([&](auto value) { out.set(value); }, number);
}

// What is not a number, or has no end, is NULL.
void set_finite(FunctionResult& out, double value) {
    if (std::isfinite(value)) out.set(value);
}

std::optional<std::int64_t> whole(const Arguments& in, int position) {
    switch (in.kind_of(position)) {
        case ValueKind::null:
            return std::nullopt;
        case ValueKind::integer:
            return in.integer(position);
        case ValueKind::real:
            return whole_of(in.real(position));
        case ValueKind::text:
        case ValueKind::blob:
            break;
    }
    const auto exact = ExactDecimal::parse_any(in.text(position));
    return exact ? exact->whole() : std::nullopt;
}

template <typename Operation>
void of_decimals(const Arguments& in, FunctionResult& out, Operation operation) {
    const auto a = decimal(in, 0);
    const auto b = decimal(in, 1);
    if (a && b) set(out, operation(*a, *b));
}

bool are_integers(const Arguments& in) {
    return in.kind_of(0) == ValueKind::integer && in.kind_of(1) == ValueKind::integer;
}

// Whole numbers and decimals, with a decimal among them.
bool are_exact(const Arguments& in) {
    return !are_integers(in) && in.kind_of(0) != ValueKind::real &&
           in.kind_of(1) != ValueKind::real;
}

int places_of(const Arguments& in) {
    if (in.size() < 2) return 0;
    return static_cast<int>(std::clamp<std::int64_t>(in.integer(1), -kPlacesMax, kPlacesMax));
}

// `of_double` works on a value whose digits to keep are in front of the point.
template <typename OfDouble>
void to_places(const Arguments& in, FunctionResult& out, OfDouble of_double, bool rounds) {
    const int places = places_of(in);
    if (in.kind_of(0) == ValueKind::text) {
        if (const auto exact = decimal(in, 0)) {
            const int scale = std::min(places, exact->scale());
            set(out, rounds ? exact->rounded(scale) : exact->cut(scale));
        }
        return;
    }
    if (in.kind_of(0) == ValueKind::integer) {
        if (places >= 0) return out.set(in.integer(0));
        const ExactDecimal number(in.integer(0));
        const auto exact = rounds ? number.rounded(places) : number.cut(places);
        if (!exact) return;
        if (const auto whole = exact->whole()) return out.set(*whole);
        return out.set(exact->to_double());
    }
    const auto value = in.real(0);
    if (places >= 0 && std::fabs(value) >= kFractionEnd) return set_finite(out, value);
    const auto unit = std::pow(10.0, std::abs(places));
    const auto moved = places < 0 ? value / unit : value * unit;
    if (!std::isfinite(moved)) return out.set(value);
    set_finite(out, places < 0 ? of_double(moved) * unit : of_double(moved) / unit);
}

template <typename OfDouble>
void to_whole(const Arguments& in, FunctionResult& out, OfDouble of_double, bool is_up) {
    if (in.kind_of(0) == ValueKind::integer) return out.set(in.integer(0));
    if (in.kind_of(0) == ValueKind::real) return set_finite(out, of_double(in.real(0)));
    const auto exact = decimal(in, 0);
    if (!exact) return;
    if (!is_up) return set(out, exact->floor());
    const auto below = exact->negated().floor();
    if (below) out.set(below->negated().text());
}

template <typename IsBetter>
void best(const Arguments& in, FunctionResult& out, IsBetter is_better) {
    int chosen = 0;
    for (int i = 1; i < in.size(); ++i) {
        if (is_better(i, chosen)) chosen = i;
    }
    switch (in.kind_of(chosen)) {
        case ValueKind::integer:
            return out.set(in.integer(chosen));
        case ValueKind::real:
            return out.set(in.real(chosen));
        case ValueKind::text:
        case ValueKind::blob:
            return out.set(in.text(chosen));
        case ValueKind::null:
            return;
    }
}

// Exactly where both are whole or decimals.
int order(const Arguments& in, int a, int b) {
    const bool is_real = in.kind_of(a) == ValueKind::real || in.kind_of(b) == ValueKind::real;
    if (!is_real) {
        const auto left = decimal(in, a);
        const auto right = decimal(in, b);
        if (left && right) return compare(*left, *right);
    }
    const auto left = real(in, a);
    const auto right = real(in, b);
    return left < right ? -1 : left > right ? 1 : 0;
}

}  // namespace

void to_number(const Arguments& in, FunctionResult& out, void* /*context*/) {
    if (in.kind_of(0) == ValueKind::integer) return out.set(in.integer(0));
    if (in.kind_of(0) == ValueKind::real) return out.set(in.real(0));
    if (const auto number = parse_number(in.text(0))) set(out, *number);
}

void to_text(const Arguments& in, FunctionResult& out, void* /*context*/) {
    if (in.kind_of(0) == ValueKind::real) return out.set(double_text(in.real(0)));
    out.set(in.text(0));
}

void to_boolean(const Arguments& in, FunctionResult& out, void* /*context*/) {
    if (in.kind_of(0) == ValueKind::integer) return out.set(in.integer(0) != 0);
    if (in.kind_of(0) == ValueKind::real) return out.set(in.real(0) != 0);
    if (const auto truth = parse_truth(in.text(0))) out.set(*truth);
}

void to_decimal(const Arguments& in, FunctionResult& out, void* /*context*/) {
    set(out, decimal(in, 0));
}

void cast_integer(const Arguments& in, FunctionResult& out, void* /*context*/) {
    const auto value = whole(in, 0);
    if (value && *value >= in.integer(1) && *value <= in.integer(2)) out.set(*value);
}

void cast_decimal(const Arguments& in, FunctionResult& out, void* /*context*/) {
    const auto value = decimal(in, 0);
    if (!value) return;
    const auto rounded = value->rounded(static_cast<int>(in.integer(2)));
    if (rounded && rounded->fits(static_cast<int>(in.integer(1)))) set(out, rounded);
}

// Ends before the character that does not fit whole.
void cast_text(const Arguments& in, FunctionResult& out, void* /*context*/) {
    const std::string text =
        in.kind_of(0) == ValueKind::real ? double_text(in.real(0)) : std::string(in.text(0));
    auto end = std::min(text.size(), static_cast<std::size_t>(in.integer(1)));
    while (end > 0 && end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) {
        --end;
    }
    out.set(std::string_view(text).substr(0, end));
}

void decimal_add(const Arguments& in, FunctionResult& out, void* /*context*/) {
    of_decimals(in, out, [](const auto& a, const auto& b) { return add(a, b); });
}

void decimal_subtract(const Arguments& in, FunctionResult& out, void* /*context*/) {
    of_decimals(in, out, [](const auto& a, const auto& b) { return add(a, b.negated()); });
}

void decimal_multiply(const Arguments& in, FunctionResult& out, void* /*context*/) {
    of_decimals(in, out, [](const auto& a, const auto& b) { return multiply(a, b); });
}

void decimal_divide(const Arguments& in, FunctionResult& out, void* /*context*/) {
    of_decimals(in, out, [](const auto& a, const auto& b) { return divide(a, b); });
}

void decimal_remainder(const Arguments& in, FunctionResult& out, void* /*context*/) {
    of_decimals(in, out, [](const auto& a, const auto& b) { return remainder(a, b); });
}

void decimal_compare(const Arguments& in, FunctionResult& out, void* /*context*/) {
    const auto a = decimal(in, 0);
    const auto b = decimal(in, 1);
    if (a && b) out.set(std::int64_t{compare(*a, *b)});
}

void decimal_same(const Arguments& in, FunctionResult& out, void* /*context*/) {
    const auto a = decimal(in, 0);
    const auto b = decimal(in, 1);
    out.set(a && b ? compare(*a, *b) == 0 : !a && !b);
}

void whole_divide(const Arguments& in, FunctionResult& out, void* /*context*/) {
    if (are_exact(in)) {
        const auto a = decimal(in, 0);
        const auto b = decimal(in, 1);
        const auto quotient = a && b ? whole_quotient(*a, *b) : std::nullopt;
        if (!quotient) return;
        if (const auto fits = quotient->whole()) return out.set(*fits);
        return out.set(quotient->to_double());
    }
    if (!are_integers(in)) {
        const auto divisor = real(in, 1);
        if (divisor == 0) return;
        const auto quotient = std::trunc(real(in, 0) / divisor);
        if (const auto fits = whole_of(quotient)) return out.set(*fits);
        return set_finite(out, quotient);
    }
    const auto divisor = in.integer(1);
    if (divisor == 0) return;
    const auto dividend = in.integer(0);
    if (divisor == -1 && dividend == std::numeric_limits<std::int64_t>::min()) {
        return out.set(-static_cast<double>(dividend));
    }
    out.set(dividend / divisor);
}

void remainder(const Arguments& in, FunctionResult& out, void* /*context*/) {
    if (!are_integers(in)) return set_finite(out, std::fmod(real(in, 0), real(in, 1)));
    const auto divisor = in.integer(1);
    if (divisor == 0) return;
    out.set(divisor == -1 ? std::int64_t{0} : in.integer(0) % divisor);
}

void positive_remainder(const Arguments& in, FunctionResult& out, void* /*context*/) {
    if (are_exact(in)) {
        return of_decimals(in, out, [](const auto& a, const auto& b) {
            const auto rest = remainder(a, b);
            const bool is_other = rest && compare(*rest, ExactDecimal()) != 0 &&
                                  rest->is_negative() != b.is_negative();
            return is_other ? add(*rest, b) : rest;
        });
    }
    if (!are_integers(in)) {
        const auto divisor = real(in, 1);
        return set_finite(out, std::fmod(std::fmod(real(in, 0), divisor) + divisor, divisor));
    }
    const auto divisor = in.integer(1);
    if (divisor == 0) return;
    if (divisor == -1) return out.set(std::int64_t{0});
    const auto rest = in.integer(0) % divisor;
    out.set(rest != 0 && (rest < 0) != (divisor < 0) ? rest + divisor : rest);
}

void abs(const Arguments& in, FunctionResult& out, void* /*context*/) {
    if (in.kind_of(0) == ValueKind::real) return out.set(std::fabs(in.real(0)));
    if (in.kind_of(0) == ValueKind::integer) {
        const auto value = in.integer(0);
        if (value == std::numeric_limits<std::int64_t>::min()) {
            return out.set(-static_cast<double>(value));
        }
        return out.set(value < 0 ? -value : value);
    }
    const auto exact = decimal(in, 0);
    if (exact) out.set((exact->is_negative() ? exact->negated() : *exact).text());
}

void ceil(const Arguments& in, FunctionResult& out, void* /*context*/) {
    to_whole(
        in, out, [](double value) { return std::ceil(value); }, true);
}

void floor(const Arguments& in, FunctionResult& out, void* /*context*/) {
    to_whole(
        in, out, [](double value) { return std::floor(value); }, false);
}

void round(const Arguments& in, FunctionResult& out, void* /*context*/) {
    to_places(
        in, out, [](double value) { return std::round(value); }, true);
}

void truncate(const Arguments& in, FunctionResult& out, void* /*context*/) {
    to_places(
        in, out, [](double value) { return std::trunc(value); }, false);
}

void sign(const Arguments& in, FunctionResult& out, void* /*context*/) {
    const auto value = real(in, 0);
    out.set(std::int64_t{value < 0 ? -1 : value > 0 ? 1 : 0});
}

void pow(const Arguments& in, FunctionResult& out, void* /*context*/) {
    set_finite(out, std::pow(real(in, 0), real(in, 1)));
}

void sqrt(const Arguments& in, FunctionResult& out, void* /*context*/) {
    set_finite(out, std::sqrt(real(in, 0)));
}

void exp(const Arguments& in, FunctionResult& out, void* /*context*/) {
    set_finite(out, std::exp(real(in, 0)));
}

void ln(const Arguments& in, FunctionResult& out, void* /*context*/) {
    set_finite(out, std::log(real(in, 0)));
}

// log(x), or log(base, x)
void log(const Arguments& in, FunctionResult& out, void* context) {
    if (in.size() == 1) return ln(in, out, context);
    const auto base = real(in, 0);
    if (base <= 0 || base == 1) return;
    set_finite(out, std::log(real(in, 1)) / std::log(base));
}

void log2(const Arguments& in, FunctionResult& out, void* /*context*/) {
    set_finite(out, std::log2(real(in, 0)));
}

void log10(const Arguments& in, FunctionResult& out, void* /*context*/) {
    set_finite(out, std::log10(real(in, 0)));
}

void greatest(const Arguments& in, FunctionResult& out, void* /*context*/) {
    best(in, out, [&](int i, int chosen) { return order(in, i, chosen) > 0; });
}

void least(const Arguments& in, FunctionResult& out, void* /*context*/) {
    best(in, out, [&](int i, int chosen) { return order(in, i, chosen) < 0; });
}

void greatest_text(const Arguments& in, FunctionResult& out, void* /*context*/) {
    best(in, out, [&](int i, int chosen) { return in.text(i) > in.text(chosen); });
}

void least_text(const Arguments& in, FunctionResult& out, void* /*context*/) {
    best(in, out, [&](int i, int chosen) { return in.text(i) < in.text(chosen); });
}

}  // namespace millrace::expressions::functions
