#include "api/ingest/target.h"

#include <boost/beast/core/string.hpp>
#include <cstddef>

namespace millrace::ingest {
namespace {

// Cuts the text up to `end` off the front of `text`; all of it if there is no `end`.
std::string_view take_until(std::string_view& text, char end) {
    const auto at = text.find(end);
    const auto taken = text.substr(0, at);
    text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
    return taken;
}

std::string_view without_authority(std::string_view text) {
    if (text.starts_with('/')) return text;
    const std::string_view scheme = "http://";
    if (!text.starts_with(scheme)) return text;
    const auto path = text.find('/', scheme.size());
    return path == std::string_view::npos ? "/" : text.substr(path);
}

void read_query(std::string_view query, Target& target) {
    const std::string_view records = "records=";
    const std::string_view ack = "ack=";
    while (!query.empty()) {
        const auto parameter = take_until(query, '&');
        if (parameter == "verbose=true") target.verbose = true;
        if (parameter.starts_with(records)) target.records = parameter.substr(records.size());
        if (parameter.starts_with(ack)) target.ack = parameter.substr(ack.size());
    }
}

}  // namespace

Target parse_target(std::string_view text) {
    Target target;
    auto rest = without_authority(text);
    auto path = take_until(rest, '?');
    read_query(rest, target);

    if (path == "/health-check") {
        target.endpoint = Endpoint::health;
        return target;
    }
    if (path == "/ready") {
        target.endpoint = Endpoint::ready;
        return target;
    }
    const std::string_view stream = "/stream/";
    if (!path.starts_with(stream)) return target;
    path.remove_prefix(stream.size());
    target.project = take_until(path, '/');
    const auto rest_bytes = path.size();
    target.source = take_until(path, '/');
    const bool has_secret = target.source.size() < rest_bytes;
    target.secret = path;
    const bool whole = !target.project.empty() && !target.source.empty() &&
                       target.secret.empty() != has_secret &&
                       path.find('/') == std::string_view::npos;
    if (whole) target.endpoint = Endpoint::stream;
    return target;
}

std::string_view bearer_token(std::string_view authorization) {
    const std::string_view scheme = "Bearer ";
    if (!boost::beast::iequals(authorization.substr(0, scheme.size()), scheme)) return {};
    authorization.remove_prefix(scheme.size());
    const auto begin = authorization.find_first_not_of(' ');
    return begin == std::string_view::npos ? "" : authorization.substr(begin);
}

}  // namespace millrace::ingest
