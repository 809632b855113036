#include "api/ingest/stream_url.h"

#include <cstddef>

#include "api/http/request_target.h"
#include "core/base/error_names.h"

namespace millrace::ingest {
namespace {

// Cuts the text up to `end` off the front of `text`; all of it if there is no `end`.
std::string_view take_until(std::string_view& text, char end) {
    const auto at = text.find(end);
    const auto taken = text.substr(0, at);
    text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
    return taken;
}

void read_query(std::string_view query, StreamUrl& url) {
    const std::string_view records = "records=";
    const std::string_view ack = "ack=";
    while (!query.empty()) {
        const auto parameter = take_until(query, '&');
        if (parameter == "verbose=true") url.verbose = true;
        if (parameter.starts_with(records)) url.records = parameter.substr(records.size());
        if (parameter.starts_with(ack)) url.ack = parameter.substr(ack.size());
    }
}

}  // namespace

StreamUrl parse_stream_url(std::string_view text) {
    StreamUrl url;
    auto rest = http::origin_form(text);
    auto path = take_until(rest, '?');
    read_query(rest, url);

    if (path == "/health-check") {
        url.endpoint = Endpoint::health;
        return url;
    }
    if (path == "/ready") {
        url.endpoint = Endpoint::ready;
        return url;
    }
    const std::string_view stream = "/stream/";
    if (!path.starts_with(stream)) return url;
    path.remove_prefix(stream.size());
    url.project = take_until(path, '/');
    const auto rest_bytes = path.size();
    url.source = take_until(path, '/');
    const bool has_secret = url.source.size() < rest_bytes;
    url.secret = path;
    const bool whole = !url.project.empty() && !url.source.empty() &&
                       url.secret.empty() != has_secret && path.find('/') == std::string_view::npos;
    if (whole) url.endpoint = Endpoint::stream;
    return url;
}

Result<pipeline::Wishes> wishes_of(const StreamUrl& url) {
    const pipeline::Wishes wishes{.form = parse_record_form(url.records),
                                  .ack = parse_ack(url.ack)};
    if (!url.ack.empty() && !wishes.ack) {
        return Error(Code::invalid, "Ack must be disk, cache or memory.")
            .named(error_names::kInBadRequest);
    }
    if (!url.records.empty() && !wishes.form) {
        return Error(Code::invalid, "records must be single, lines or array.")
            .named(error_names::kInBadRequest);
    }
    return wishes;
}

}  // namespace millrace::ingest
