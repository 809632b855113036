#include "api/http/forwarded.h"

#include <algorithm>
#include <boost/beast/core/string.hpp>
#include <optional>
#include <vector>

#include "api/http/client_ip.h"

namespace millrace::http {
namespace {

using boost::beast::iequals;

std::string_view trimmed(std::string_view text) {
    const auto begin = text.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

// Whether a quote at `at` is one, and not a character of a quoted string: "a\"b".
bool is_escaped(std::string_view text, std::size_t at) {
    std::size_t backslashes = 0;
    while (backslashes < at && text[at - backslashes - 1] == '\\') ++backslashes;
    return backslashes % 2 == 1;
}

// Cuts `text` at each `separator` that is not inside a quoted string. It is read from its end,
// which trusted proxies have written: a quote that a client has left open ends at the front.
std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    bool is_quoted = false;
    std::size_t end = text.size();
    for (std::size_t at = text.size(); at-- > 0;) {
        if (text[at] == '"' && !is_escaped(text, at)) is_quoted = !is_quoted;
        if (is_quoted || text[at] != separator) continue;
        parts.push_back(trimmed(text.substr(at + 1, end - at - 1)));
        end = at;
    }
    parts.push_back(trimmed(text.substr(0, end)));
    std::reverse(parts.begin(), parts.end());
    return parts;
}

// `for=` of an element of Forwarded: 'for="[2001:db8::1]:80";proto=https' -> '[2001:db8::1]:80'.
std::string_view node_of(std::string_view element) {
    for (auto parameter : split(element, ';')) {
        const std::string_view name = "for=";
        if (!iequals(parameter.substr(0, name.size()), name)) continue;
        parameter.remove_prefix(name.size());
        const bool is_quoted =
            parameter.size() >= 2 && parameter.front() == '"' && parameter.back() == '"';
        return is_quoted ? parameter.substr(1, parameter.size() - 2) : parameter;
    }
    return {};
}

// "[2001:db8::1]:80", "192.0.2.1:80" and both without a port -> the address alone.
std::string_view without_port(std::string_view node) {
    if (node.starts_with('[')) {
        const auto end = node.find(']');
        return end == std::string_view::npos ? std::string_view() : node.substr(1, end - 1);
    }
    const bool has_port = std::count(node.begin(), node.end(), ':') == 1;
    return has_port ? node.substr(0, node.find(':')) : node;
}

// The addresses in the order in which proxies have appended them.
std::vector<std::string_view> nodes_in(ForwardedHeader header, const RequestView& request) {
    const bool is_standard = header == ForwardedHeader::forwarded;
    const std::string_view wanted = is_standard ? "Forwarded" : "X-Forwarded-For";
    std::vector<std::string_view> nodes;
    for (const auto& [name, value] : request.head.headers) {
        if (!iequals(request.text(name), wanted)) continue;
        for (const auto element : split(request.text(value), ',')) {
            nodes.push_back(is_standard ? node_of(element) : element);
        }
    }
    return nodes;
}

bool contains(const std::vector<Network>& networks, const IpBytes& ip) {
    return std::any_of(networks.begin(), networks.end(),
                       [&](const auto& network) { return network.contains(ip); });
}

}  // namespace

bool is_trusted(const Proxies& proxies, std::string_view ip) {
    const auto bytes = parse_ip(ip);
    return bytes && contains(proxies.trusted, *bytes);
}

std::string forwarded_ip(const Proxies& proxies, const RequestView& request) {
    auto client = request.peer_ip;
    const auto nodes = nodes_in(proxies.header, request);
    for (auto node = nodes.rbegin(); node != nodes.rend() && is_trusted(proxies, client); ++node) {
        const auto ip = without_port(*node);
        if (!parse_ip(ip)) break;  // "unknown", "_hidden" or nonsense: nothing behind it counts
        client = ip;
    }
    return client_ip(client);
}

}  // namespace millrace::http
