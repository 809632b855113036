#include "core/otlp/large_numbers.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <system_error>

namespace millrace::otlp {
namespace {

constexpr std::size_t kDigitsThatFit = 18;  // whichever they are

// Behind the text that begins at `at`.
std::size_t end_of_text(std::string_view json, std::size_t at) {
    for (++at; at < json.size() && json[at] != '"'; ++at) {
        if (json[at] == '\\') ++at;
    }
    return std::min(at + 1, json.size());
}

bool fits_64_bits(std::string_view number) {
    if (number.size() <= kDigitsThatFit) return true;
    std::int64_t negative = 0;
    std::uint64_t positive = 0;
    const auto* const end = number.data() + number.size();
    const auto failure = number.front() == '-' ? std::from_chars(number.data(), end, negative).ec
                                               : std::from_chars(number.data(), end, positive).ec;
    return failure == std::errc();
}

}  // namespace

std::optional<std::string> with_large_numbers_as_reals(std::string_view json) {
    std::optional<std::string> changed;
    std::size_t taken = 0;  // of `json`, into `changed`
    for (std::size_t at = 0; at < json.size();) {
        if (json[at] == '"') {
            at = end_of_text(json, at);
            continue;
        }
        const auto end = std::min(json.find_first_not_of("+-.0123456789Ee", at), json.size());
        if (end == at) {
            ++at;
            continue;
        }
        const auto number = json.substr(at, end - at);
        const bool is_whole = number.find_first_of("+.Ee") == std::string_view::npos;
        at = end;
        if (!is_whole || fits_64_bits(number)) continue;
        if (!changed) changed.emplace();
        changed->append(json, taken, end - taken).append(".0");
        taken = end;
    }
    if (changed) changed->append(json, taken);
    return changed;
}

}  // namespace millrace::otlp
