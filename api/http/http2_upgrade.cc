#include "api/http/http2_upgrade.h"

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <cstdint>
#include <string_view>

namespace millrace::http {
namespace {

// "AAMAAABk": base64 of URLs, without padding.
std::optional<std::string> decode_base64url(std::string_view text) {
    std::string bytes;
    std::uint32_t bits = 0;
    unsigned count = 0;
    while (text.ends_with('=')) text.remove_suffix(1);
    for (const char c : text) {
        constexpr std::string_view kDigits =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        const auto digit = kDigits.find(c);
        if (digit == std::string_view::npos) return std::nullopt;
        bits = bits << 6 | static_cast<std::uint32_t>(digit);
        count += 6;
        if (count < 8) continue;
        count -= 8;
        bytes += static_cast<char>(bits >> count & 0xff);
    }
    return bytes;
}

}  // namespace

std::optional<std::string> settings_of_upgrade(const RequestView& request) {
    const auto& head = request.head;
    if (head.http2_settings.length == 0) return std::nullopt;
    const auto has = [](std::string_view list, std::string_view token) {
        return boost::beast::http::token_list{list}.exists(token);
    };
    if (!has(request.text(head.upgrade), "h2c")) return std::nullopt;
    bool is_of_connection = false;
    unsigned settings = 0;
    for (const auto& header : head.headers) {
        const auto name = request.text(header.name);
        if (boost::beast::iequals(name, "connection")) {
            is_of_connection |= has(request.text(header.value), "http2-settings");
        }
        if (boost::beast::iequals(name, "http2-settings")) ++settings;
    }
    if (!is_of_connection || settings != 1) return std::nullopt;
    auto payload = decode_base64url(request.text(head.http2_settings));
    return payload && payload->size() % 6 == 0 ? payload : std::nullopt;
}

}  // namespace millrace::http
