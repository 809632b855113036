#include "api/app/otlp_source_kind.h"

#include <fmt/format.h>

#include "api/control/scope.h"
#include "core/model/signal.h"

namespace millrace {

control::SourceKind otlp_source_kind() {
    return {
        .name = kOtlpSource.value, .render = [](const Source& source, const control::Scope& scope) {
            const auto& key = source.key;
            const auto base =
                fmt::format("{}/otlp/{}/{}", scope.ingest_url, key.project.value, key.source.value);
            nlohmann::ordered_json json = {
                {"url", fmt::format("{}/{}", base, source.secret.expose())},
                {"baseUrl", base},
                {"secret", source.secret.expose()}};
            if (source.retired) {
                json["previousUrlUntil"] = format_utc(source.retired->until);
            }
            return json;
        }};
}

}  // namespace millrace
