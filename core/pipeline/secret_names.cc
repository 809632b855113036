#include "core/pipeline/secret_names.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "core/mapping/header_list.h"

namespace millrace::pipeline {
namespace {

// What names of headers and of parameters have in them whose values are secrets.
constexpr auto kSecretWords = std::to_array<std::string_view>(
    {"apikey", "api-key", "api_key", "auth", "cookie", "credential", "jwt", "passcode",
     "passphrase", "passw", "pwd", "secret", "session", "signature", "token"});
// Those that are parts of harmless names, as "compass" and "keyword" are.
constexpr auto kSecretNames = std::to_array<std::string_view>(
    {"key", "otp", "pass", "sig", "x-key", "x-otp", "x-pass", "x-sig"});

// Who reads a query takes "api_%6bey" for "api_key". What is no such code stays.
std::string decoded_name(std::string_view name) {
    std::string decoded;
    for (std::size_t i = 0; i < name.size(); ++i) {
        unsigned byte = 0;
        const auto* const digits = name.data() + i + 1;
        const bool is_code = name[i] == '%' && i + 2 < name.size() &&
                             std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2;
        decoded += is_code ? static_cast<char>(byte) : name[i];
        if (is_code) i += 2;
    }
    return decoded;
}

}  // namespace

bool is_secret_name(std::string_view name) {
    std::string lower(name);
    std::ranges::transform(lower, lower.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    const auto has = [&](std::string_view word) { return lower.find(word) != std::string::npos; };
    return std::ranges::any_of(kSecretWords, has) ||
           std::ranges::find(kSecretNames, lower) != kSecretNames.end();
}

bool is_secret_header(std::string_view name) {
    std::string canonical;
    mapping::append_canonical_header(canonical, name);
    return mapping::is_secret_header(canonical) || is_secret_name(name);
}

std::string with_masked_parameters(std::string_view query) {
    std::string masked;
    while (true) {
        const auto end = query.find('&');
        const auto parameter = query.substr(0, end);
        const auto equals = parameter.find('=');
        const bool is_masked = equals != std::string_view::npos &&
                               is_secret_name(decoded_name(parameter.substr(0, equals)));
        masked += is_masked ? parameter.substr(0, equals + 1) : parameter;
        if (is_masked) masked += kMasked;
        if (end == std::string_view::npos) return masked;
        masked += '&';
        query.remove_prefix(end + 1);
    }
}

std::string with_masked_url(std::string_view text) {
    const auto mark = text.find('?');
    if (mark == std::string_view::npos) return std::string(text);
    auto masked = std::string(text.substr(0, mark + 1));
    masked += with_masked_parameters(text.substr(mark + 1));
    return masked;
}

}  // namespace millrace::pipeline
