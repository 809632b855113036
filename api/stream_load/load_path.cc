#include "api/stream_load/load_path.h"

#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "api/http/request_target.h"
#include "core/base/percent.h"

namespace millrace::stream_load {
namespace {

constexpr std::string_view kRoot = "/api/";

std::vector<std::string> parts_of(std::string_view path) {
    std::vector<std::string> parts;
    while (!path.empty()) {
        const auto end = path.find('/');
        if (end != 0) parts.push_back(percent_decoded(path.substr(0, end)));
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
            return equals == std::string_view::npos ? "" : percent_decoded(pair.substr(equals + 1));
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
    return http::origin_form(target).starts_with(kRoot);
}

LoadPath parse_load_path(std::string_view method, std::string_view target) {
    target = http::origin_form(target);
    const auto path = http::path_of(target);
    const auto query = http::query_of(target);
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
