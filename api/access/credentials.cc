#include "api/access/credentials.h"

#include <array>
#include <cstdint>
#include <utility>

namespace millrace::access {
namespace {

constexpr std::uint8_t kNoDigit = 0xff;

constexpr std::array<std::uint8_t, 256> make_digits() {
    std::array<std::uint8_t, 256> digits{};
    for (auto& digit : digits) digit = kNoDigit;
    std::uint8_t value = 0;
    for (const char c :
         std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")) {
        digits[static_cast<unsigned char>(c)] = value++;
    }
    return digits;
}
constexpr auto kDigits = make_digits();

// RFC 4648 4; the padding may be missing, as some clients leave it out.
std::optional<std::string> decode_base64(std::string_view text) {
    for (int padding = 0; padding < 2 && text.ends_with('='); ++padding) text.remove_suffix(1);
    if (text.size() % 4 == 1) return std::nullopt;
    std::string bytes;
    bytes.reserve(text.size() / 4 * 3 + 2);
    std::uint32_t gathered = 0;
    int bits = 0;
    for (const char c : text) {
        const auto digit = kDigits[static_cast<unsigned char>(c)];
        if (digit == kNoDigit) return std::nullopt;
        gathered = (gathered << 6) | digit;
        bits += 6;
        if (bits < 8) continue;
        bits -= 8;
        bytes += static_cast<char>((gathered >> bits) & 0xff);
    }
    return bytes;
}

std::string_view trimmed(std::string_view text) {
    while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
    while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
    return text;
}

bool is_scheme(std::string_view text, std::string_view lower) {
    if (text.size() != lower.size()) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c) != lower[i]) return false;
    }
    return true;
}

// The scheme and what is behind it; both empty where there is no space between them.
std::pair<std::string_view, std::string_view> split(std::string_view authorization) {
    const auto text = trimmed(authorization);
    const auto space = text.find(' ');
    if (space == std::string_view::npos) return {};
    return {text.substr(0, space), trimmed(text.substr(space))};
}

}  // namespace

std::string_view bearer_token(std::string_view authorization) {
    const auto [scheme, token] = split(authorization);
    return is_scheme(scheme, "bearer") ? token : std::string_view();
}

std::optional<Credentials> parse_credentials(std::string_view authorization) {
    const auto [scheme, rest] = split(authorization);
    if (is_scheme(scheme, "bearer")) return Credentials{.user = "", .password = std::string(rest)};
    if (!is_scheme(scheme, "basic")) return std::nullopt;
    const auto pair = decode_base64(rest);
    if (!pair) return std::nullopt;
    const auto colon = pair->find(':');
    if (colon == std::string::npos) return std::nullopt;
    return Credentials{.user = pair->substr(0, colon), .password = pair->substr(colon + 1)};
}

}  // namespace millrace::access
