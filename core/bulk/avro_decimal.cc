#include "core/bulk/avro_decimal.h"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace millrace::bulk {
namespace {

// The absolute value, big endian.
std::vector<std::uint8_t> magnitude_of(std::string_view bytes, bool is_negative) {
    std::vector<std::uint8_t> magnitude;
    magnitude.reserve(bytes.size());
    for (const char c : bytes) {
        const auto byte = static_cast<std::uint8_t>(c);
        magnitude.push_back(is_negative ? static_cast<std::uint8_t>(~byte) : byte);
    }
    if (!is_negative) return magnitude;
    for (auto i = magnitude.size(); i-- > 0;) {  // the complement and one
        if (++magnitude[i] != 0) return magnitude;
    }
    magnitude.insert(magnitude.begin(), 1);
    return magnitude;
}

// From the last digit to the first; at least one.
std::string reversed_digits(std::vector<std::uint8_t> number) {
    std::string digits;
    auto first = std::ranges::find_if(number, [](auto byte) { return byte != 0; });
    while (first != number.end()) {
        unsigned rest = 0;
        for (auto at = first; at != number.end(); ++at) {
            const auto value = rest << 8 | *at;
            *at = static_cast<std::uint8_t>(value / 10);
            rest = value % 10;
        }
        digits.push_back(static_cast<char>('0' + rest));
        while (first != number.end() && *first == 0) ++first;
    }
    if (digits.empty()) digits.push_back('0');
    return digits;
}

}  // namespace

bool append_avro_decimal(std::string& out, std::string_view bytes, std::size_t scale) {
    if (bytes.size() > kAvroDecimalBytesMax) return false;
    const bool is_negative = !bytes.empty() && static_cast<std::uint8_t>(bytes.front()) >= 0x80;
    auto digits = reversed_digits(magnitude_of(bytes, is_negative));
    if (digits.size() <= scale) digits.append(scale + 1 - digits.size(), '0');
    if (is_negative) out += '-';
    for (auto i = digits.size(); i-- > 0;) {
        out += digits[i];
        if (i == scale && scale > 0) out += '.';
    }
    return true;
}

}  // namespace millrace::bulk
