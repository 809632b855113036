#include "storage/expressions/loose_value.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "storage/expressions/expression_tokens.h"

namespace millrace::expressions {
namespace {

constexpr double kWholeEnd = 9223372036854775808.0;  // 2^63
constexpr double kPlainEnd = 1e15;                   // below it a whole double is written as digits

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kBlanks = " \t\r\n";
    const auto begin = text.find_first_not_of(kBlanks);
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

bool begins_number(std::string_view text) {
    if (!text.empty() && (text[0] == '-' || text[0] == '.')) text.remove_prefix(1);
    if (!text.empty() && text[0] == '.') text.remove_prefix(1);
    return !text.empty() && text[0] >= '0' && text[0] <= '9';  // not "inf"
}

}  // namespace

std::optional<Number> parse_number(std::string_view text) {
    std::int64_t whole = 0;
    const auto fast = std::from_chars(text.data(), text.data() + text.size(), whole);
    if (fast.ec == std::errc() && fast.ptr == text.data() + text.size()) return whole;

    text = trimmed(text);
    if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
    if (!begins_number(text)) return std::nullopt;
    const auto* const end = text.data() + text.size();
    const auto exact = std::from_chars(text.data(), end, whole);
    if (exact.ec == std::errc() && exact.ptr == end) return whole;
    double value = 0;
    const auto parsed = std::from_chars(text.data(), end, value);
    if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
    return value;
}

std::optional<std::int64_t> whole_of(double value) {
    if (!(value >= -kWholeEnd && value < kWholeEnd)) return std::nullopt;
    return static_cast<std::int64_t>(value);
}

std::optional<bool> parse_truth(std::string_view text) {
    text = trimmed(text);
    if (const auto number = parse_number(text)) {
        return std::visit([](auto value) { return value != 0; }, *number);
    }
    if (text.size() > 5) return std::nullopt;
    const auto word = lower_case(text);
    if (word == "true") return true;
    if (word == "false") return false;
    return std::nullopt;
}

std::string double_text(double value) {
    if (std::isinf(value)) return value < 0 ? "-Infinity" : "Infinity";
    if (std::trunc(value) == value && std::fabs(value) < kPlainEnd) {
        return fmt::format("{}", static_cast<std::int64_t>(value));
    }
    return fmt::format("{}", value);
}

}  // namespace millrace::expressions
