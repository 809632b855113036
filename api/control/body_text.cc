#include "api/control/body_text.h"

#include <openssl/evp.h>

#include <algorithm>
#include <cstddef>

#include "core/mapping/utf8.h"

namespace millrace::control {
namespace {

bool is_digit_of_base64(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '/';
}

}  // namespace

std::string encode_base64(std::string_view bytes) {
    std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
    const auto* const from = reinterpret_cast<const unsigned char*>(bytes.data());
    auto* const to = reinterpret_cast<unsigned char*>(text.data());
    const auto length = EVP_EncodeBlock(to, from, static_cast<int>(bytes.size()));
    text.resize(static_cast<std::size_t>(length));
    return text;
}

void add_body(OrderedJson& json, std::string_view body) {
    if (mapping::is_valid_utf8(body)) {
        json["body"] = std::string(body);
    } else {
        json["bodyBase64"] = encode_base64(body);
    }
}

std::optional<std::string> decode_base64(std::string_view text) {
    if (text.empty()) return std::string();
    std::size_t padding = 0;
    while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') {
        ++padding;
    }
    const auto digits = text.substr(0, text.size() - padding);
    if (text.size() % 4 != 0 || !std::ranges::all_of(digits, is_digit_of_base64)) {
        return std::nullopt;
    }
    std::string bytes(text.size() / 4 * 3, '\0');
    const auto length = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                        reinterpret_cast<const unsigned char*>(text.data()),
                                        static_cast<int>(text.size()));
    if (length < 0) return std::nullopt;
    bytes.resize(static_cast<std::size_t>(length) - padding);
    return bytes;
}

}  // namespace millrace::control
