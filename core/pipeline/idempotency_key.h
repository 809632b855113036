#pragma once
// How a request says that it is the same as an earlier one: by a key in a header that its source
// names.
//
// See  draft-ietf-httpapi-idempotency-key-header-07; docs/ingest.md, "Sending again"

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/base/fingerprint.h"
#include "core/base/result.h"
#include "core/mapping/record.h"
#include "core/model/remembered_answer.h"
#include "core/model/settings.h"
#include "core/model/source.h"

namespace millrace::pipeline {

// The key in the header `name` (in any case), if there is one: 1 to 255 visible ASCII characters,
// as they are or as a quoted string (RFC 8941 3.3.3); both forms of a text are one key. Errors
// invalid stream.in.badRequest: no such text, or two such headers
Result<std::optional<std::string>> find_idempotency_key(std::span<const RequestHeader> headers,
                                                        std::string_view name);

// The scope of a source's keys. It outlives changes of the source and of its secret.
Fingerprint key_scope(const Source& source);

// What tells requests with the same key apart: form and type of the records, and the body.
RequestKey request_key(const Fingerprint& scope, std::string_view key, const Record& request,
                       RecordForm form);

}  // namespace millrace::pipeline
