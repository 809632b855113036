#include "api/stream_load/load_path.h"

#include <array>
#include <optional>
#include <utility>
#include <vector>

namespace millrace::stream_load {
namespace {

constexpr std::string_view kRoot = "/api/";

// Without scheme and authority.
std::string_view origin_form(std::string_view target) {
    if (target.starts_with('/')) return target;
    const auto scheme = target.find("://");
    if (scheme == std::string_view::npos) return target;
    const auto path = target.find('/', scheme + 3);
    return path == std::string_view::npos ? "/" : target.substr(path);
}

std::optional<unsigned> digit(char c) {
    if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
    if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
    return std::nullopt;
}

std::string decoded(std::string_view text) {
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size()) {
            const auto high = digit(text[i + 1]);
            const auto low = digit(text[i + 2]);
            if (high && low) {
                plain.push_back(static_cast<char>(*high * 16 + *low));
                i += 2;
                continue;
            }
        }
        plain.push_back(text[i]);
    }
    return plain;
}

std::vector<std::string> parts_of(std::string_view path) {
    std::vector<std::string> parts;
    while (!path.empty()) {
        const auto end = path.find('/');
        if (end != 0) parts.push_back(decoded(path.substr(0, end)));
        if (end == std::string_view::npos) break;
        path.remove_prefix(end + 1);
    }
    return parts;
}

std::string value_of(std::string_view query, std::string_view name) {
    while (!query.empty()) {
        const auto end = query.find('&');
        const auto pair = query.substr(0, end);
        if (pair.substr(0, pair.find('=')) == name) {
            const auto equals = pair.find('=');
            return equals == std::string_view::npos ? "" : decoded(pair.substr(equals + 1));
        }
        if (end == std::string_view::npos) break;
        query.remove_prefix(end + 1);
    }
    return {};
}

struct Call {
    std::string_view name;  // the last part of its path
    std::size_t parts;      // of the path, with it
    CallKind kind;
    bool writes;  // PUT or POST; else GET or HEAD
    std::string_view parameter = {};
};

constexpr std::array<Call, 14> kCalls = {{
    {.name = "_stream_load", .parts = 3, .kind = CallKind::load, .writes = true},
    {.name = "_load", .parts = 3, .kind = CallKind::load, .writes = true},
    {.name = "_stream_load_2pc", .parts = 2, .kind = CallKind::two_phase, .writes = true},
    {.name = "_stream_load_2pc", .parts = 3, .kind = CallKind::two_phase, .writes = true},
    {.name = "_http_stream", .parts = 1, .kind = CallKind::http_stream, .writes = true},
    {.name = "get_load_state",
     .parts = 2,
     .kind = CallKind::load_state,
     .writes = false,
     .parameter = "label"},
    {.name = "_cancel", .parts = 2, .kind = CallKind::cancel, .writes = true, .parameter = "label"},
    {.name = "_load_error_log",
     .parts = 1,
     .kind = CallKind::error_log,
     .writes = false,
     .parameter = "file"},
    {.name = "_schema", .parts = 3, .kind = CallKind::schema, .writes = false},
    {.name = "_schema", .parts = 4, .kind = CallKind::schema, .writes = false},
    {.name = "_count", .parts = 3, .kind = CallKind::count, .writes = false},
    {.name = "backends", .parts = 1, .kind = CallKind::backends, .writes = false},
    {.name = "bootstrap", .parts = 1, .kind = CallKind::bootstrap, .writes = false},
    {.name = "health", .parts = 1, .kind = CallKind::health, .writes = false},
}};

}  // namespace

bool is_load_path(std::string_view target) {
    return origin_form(target).starts_with(kRoot);
}

LoadPath parse_load_path(std::string_view method, std::string_view target) {
    target = origin_form(target);
    const auto question = target.find('?');
    const auto path = target.substr(0, question);
    const auto query =
        question == std::string_view::npos ? std::string_view() : target.substr(question + 1);
    LoadPath found;
    const bool is_read = method == "GET" || method == "HEAD";
    if (path == "/" && is_read) found.kind = CallKind::probe;
    if (!path.starts_with(kRoot)) return found;
    auto parts = parts_of(path.substr(kRoot.size()));
    for (const auto& call : kCalls) {
        if (parts.size() != call.parts || parts.back() != call.name) continue;
        const bool fits = call.writes ? method == "PUT" || method == "POST" : is_read;
        found.kind = fits ? call.kind : CallKind::wrong_method;
        found.parameter = value_of(query, call.parameter);
        // A catalog may stand in front.
        const auto first = call.parts == 4 ? std::size_t{1} : std::size_t{0};
        if (call.parts >= 2) found.database = std::move(parts[first]);
        if (call.parts >= 3) found.table = std::move(parts[first + 1]);
        break;
    }
    return found;
}

}  // namespace millrace::stream_load
