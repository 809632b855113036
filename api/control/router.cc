#include "api/control/router.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace millrace::control {
namespace {

std::vector<std::string> split(std::string_view path) {
    std::vector<std::string> segments;
    if (path.starts_with('/')) path.remove_prefix(1);
    if (path.empty()) return segments;
    for (;;) {
        const auto slash = path.find('/');
        segments.emplace_back(path.substr(0, slash));
        if (slash == std::string_view::npos) return segments;
        path.remove_prefix(slash + 1);
    }
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

std::string joined(const std::vector<std::string>& segments, std::size_t from) {
    std::string text;
    for (auto i = from; i < segments.size(); ++i) {
        if (i > from) text.push_back('/');
        text += segments[i];
    }
    return text;
}

std::optional<PathParameters> matches(const std::vector<std::string>& pattern,
                                      const std::vector<std::string>& segments) {
    PathParameters path;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        if (i >= segments.size()) return std::nullopt;
        const auto value = percent_decoded(segments[i]);
        if (pattern[i] == "{*taskId}") {
            path.task = percent_decoded(joined(segments, i));
            return path;
        }
        if (pattern[i] == "{*rest}") return path;
        if (pattern[i] == "{branchId}") {
            path.branch = value;
        } else if (pattern[i] == "{sourceId}") {
            path.source = SourceId(value);
        } else if (pattern[i] == "{sinkId}") {
            path.sink = SinkId(value);
        } else if (pattern[i] == "{tokenId}") {
            path.token = value;
        } else if (pattern[i] == "{volumeName}") {
            path.volume = value;
        } else if (pattern[i] == "{receipt}") {
            path.receipt = value;
        } else if (pattern[i] == "{tableId}") {
            path.table = value;
        } else if (pattern[i] == "{tableName}" || pattern[i] == "{schemaName}") {
            path.table = value;
        } else if (pattern[i] == "{jobId}") {
            path.task = value;
        } else if (pattern[i] == "{loadId}") {
            path.load = value;
        } else if (pattern[i] == "{fileId}") {
            path.file = value;
        } else if (pattern[i] == "{versionNumber}") {
            path.version = value;
        } else if (pattern[i] != value) {
            return std::nullopt;
        }
    }
    if (segments.size() != pattern.size()) return std::nullopt;
    return path;
}

}  // namespace

Call::Call(const Request& of, PathParameters in_path) : request(of), path(std::move(in_path)) {}

std::string percent_decoded(std::string_view text) {
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size()) {
            const int high = hex_digit(text[i + 1]);
            const int low = hex_digit(text[i + 2]);
            if (high >= 0 && low >= 0) {
                decoded.push_back(static_cast<char>(high * 16 + low));
                i += 2;
                continue;
            }
        }
        decoded.push_back(text[i]);
    }
    return decoded;
}

std::size_t literals_in(const std::vector<std::string>& pattern) {
    return static_cast<std::size_t>(std::ranges::count_if(
        pattern, [](const auto& segment) { return !segment.starts_with('{'); }));
}

bool Endpoint::has_branch() const {
    return std::find(segments.begin(), segments.end(), "{branchId}") != segments.end();
}

std::vector<std::string> Endpoint::query_names() const {
    std::vector<std::string> names(query.begin(), query.end());
    if (needs_admin()) names.emplace_back("wait");
    return names;
}

void Router::add(std::string method, std::string_view pattern, Access access,
                 std::function<Result<Response>(const Call&)> handle, QueryNames query) {
    endpoints_.push_back(Endpoint{.method = std::move(method),
                                  .segments = split(pattern),
                                  .access = access,
                                  .handle = std::move(handle),
                                  .query = std::move(query)});
}

Router::Match Router::match(std::string_view method, std::string_view path) const {
    const auto wanted = method == "HEAD" ? std::string_view("GET") : method;
    const auto segments = split(path);
    Match match;
    std::size_t most_literal = 0;
    for (const auto& endpoint : endpoints_) {
        auto parameters = matches(endpoint.segments, segments);
        if (!parameters) continue;
        // Of ".../sources/deleted", not of ".../sources/{sourceId}", which has that name too.
        const auto literal = literals_in(endpoint.segments);
        if (literal > most_literal) match.allowed.clear();
        most_literal = std::max(most_literal, literal);
        if (literal == most_literal) match.allowed.push_back(endpoint.method);
        if (endpoint.method != wanted) continue;
        match.endpoint = &endpoint;
        match.path = std::move(*parameters);
    }
    return match;
}

}  // namespace millrace::control
