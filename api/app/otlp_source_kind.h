#pragma once
// Sources of OpenTelemetry: what the REST API says of them. Their door is in api/otlp.

#include "api/control/source_kind.h"

namespace millrace {

// {"url": with the secret, "baseUrl": without it, "secret": ...}; see docs/otlp.md.
control::SourceKind otlp_source_kind();

}  // namespace millrace
