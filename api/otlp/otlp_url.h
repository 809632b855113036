#pragma once
// OtlpUrl: what the target of an OTLP request asks for.
//
//     /otlp/{projectId}/{sourceId}/{secret}/v1/logs
//     /otlp/{projectId}/{sourceId}/v1/logs             the secret is in the Authorization

#include <optional>
#include <string_view>

#include "core/model/signal.h"

namespace millrace::otlp {

// Views into the target, not checked.
struct OtlpUrl {
    std::string_view project;
    std::string_view source;
    std::string_view secret;  // empty if the path has none
    Signal signal = Signal::logs;
};

// Whether the target is below /otlp/. Origin form and absolute form (RFC 9112 3.2).
bool is_otlp_target(std::string_view target);

// Nothing if the target is no such path. A query is ignored.
std::optional<OtlpUrl> parse_otlp_url(std::string_view target);

}  // namespace millrace::otlp
